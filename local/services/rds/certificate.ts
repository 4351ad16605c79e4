/**
 * A certificate that a server signs for itself, as DER by hand: Node makes keys and signatures but no certificates, and
 * `openssl` is not on every machine. RFC 5280, with ECDSA on P-256.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 */
const ECDSA_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
/** commonName, 2.5.4.3 */
const COMMON_NAME = Buffer.from('0603550403', 'hex');

const SEQUENCE = 0x30;
const SET = 0x31;
const UTF8 = 0x0c;
const UTC_TIME = 0x17;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
/** `[0] EXPLICIT`, of the version. */
const VERSION = 0xa0;

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const short = body.length < 128;
  const size = short ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

/** `commonName` in PEM, valid until 2049: nobody who connects here looks at a date. */
export function selfSigned(commonName: string): { readonly certificate: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, ECDSA_SHA256);
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8, Buffer.from(commonName)))));
  const time = (text: string) => der(UTC_TIME, Buffer.from(text));
  const serial = randomBytes(16);
  // Positive, and without a leading zero.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const toBeSigned = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    algorithm,
    name,
    der(SEQUENCE, time('260101000000Z'), time('491231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const whole = der(SEQUENCE, toBeSigned, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  const lines = whole.toString('base64').replace(/.{1,64}/g, '$&\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
