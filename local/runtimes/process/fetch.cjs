/**
 * A small curl and wget for health checks: what the host does not have, and what GNU wget cannot do, which is to go to
 * a task's own address when it is asked for localhost. Exit codes are those of the program that it stands in for.
 */
'use strict';

const fs = require('node:fs');

const [program, ...given] = process.argv.slice(2);

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`${program}: ${error.message}\n`);
    process.exitCode = 2;
  },
);

async function main() {
  const wanted = program === 'curl' ? curl(given) : wget(given);
  if (wanted.urls.length === 0) throw new Error('no URL');
  let code = 0;
  for (const url of wanted.urls) code = (await ask(url, wanted)) || code;
  return code;
}

async function ask(url, wanted) {
  const target = /^[a-z]+:\/\//i.test(url) ? url : `http://${url}`;
  let answer;
  try {
    answer = await fetch(target, {
      method: wanted.method,
      headers: wanted.headers,
      redirect: wanted.follow ? 'follow' : 'manual',
      ...(wanted.body === undefined ? {} : { body: wanted.body }),
      ...(wanted.seconds ? { signal: AbortSignal.timeout(wanted.seconds * 1000) } : {}),
    });
  } catch (error) {
    const timedOut = error.name === 'TimeoutError';
    if (!wanted.quiet) process.stderr.write(`${program}: ${error.cause?.message ?? error.message}\n`);
    if (program === 'wget') return 4;
    return timedOut ? 28 : error.cause?.code === 'ENOTFOUND' ? 6 : 7;
  }
  const failed = answer.status >= 400;
  if (failed && wanted.failOnStatus) {
    if (!wanted.quiet) process.stderr.write(`${program}: (22) the server answered ${answer.status}\n`);
    return program === 'wget' ? 8 : 22;
  }
  const body =
    wanted.spider || wanted.method === 'HEAD' ? Buffer.alloc(0) : Buffer.from(await answer.arrayBuffer());
  if (wanted.output === undefined || wanted.output === '-') process.stdout.write(body);
  else if (wanted.output !== '/dev/null') fs.writeFileSync(wanted.output, body);
  if (wanted.writeOut)
    process.stdout.write(wanted.writeOut.replaceAll('%{http_code}', answer.status).replaceAll('\\n', '\n'));
  return 0;
}

/** Splits `-sSf` into its letters and `--name=value` into its two parts. */
function* options(words, withValue) {
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift();
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = equals < 0 ? word : word.slice(0, equals);
      const value = equals < 0 ? (withValue.has(name) ? rest.shift() : undefined) : word.slice(equals + 1);
      yield [name, value];
    } else if (word.startsWith('-') && word.length > 1) {
      for (let i = 1; i < word.length; i++) {
        const name = `-${word[i]}`;
        if (!withValue.has(name)) yield [name, undefined];
        else {
          yield [name, word.slice(i + 1) || rest.shift()];
          break;
        }
      }
    } else yield ['', word];
  }
}

function curl(words) {
  const wanted = {
    urls: [],
    headers: {},
    method: undefined,
    quiet: false,
    failOnStatus: false,
    follow: false,
  };
  const withValue = new Set(
    '-X --request -H --header -m --max-time --connect-timeout -o --output -w --write-out -d --data --data-raw -A --user-agent --retry --retry-delay -u --user --url'.split(
      ' ',
    ),
  );
  for (const [name, value] of options(words, withValue)) {
    if (name === '' || name === '--url') wanted.urls.push(value);
    else if (name === '-X' || name === '--request') wanted.method = value;
    else if (name === '-I' || name === '--head') wanted.method = 'HEAD';
    else if (name === '-H' || name === '--header')
      wanted.headers[value.split(':')[0]] = value.slice(value.indexOf(':') + 1).trim();
    else if (name === '-A' || name === '--user-agent') wanted.headers['user-agent'] = value;
    else if (name === '-u' || name === '--user')
      wanted.headers.authorization = `Basic ${Buffer.from(value).toString('base64')}`;
    else if (name === '-m' || name === '--max-time' || name === '--connect-timeout')
      wanted.seconds = Number(value);
    else if (name === '-o' || name === '--output') wanted.output = value;
    else if (name === '-w' || name === '--write-out') wanted.writeOut = value;
    else if (name === '-d' || name === '--data' || name === '--data-raw') {
      wanted.body = value;
      wanted.method ??= 'POST';
    } else if (name === '-f' || name === '--fail' || name === '--fail-with-body') wanted.failOnStatus = true;
    else if (name === '-s' || name === '--silent') wanted.quiet = true;
    else if (name === '-L' || name === '--location') wanted.follow = true;
    else if (
      ![
        '-S',
        '--show-error',
        '-k',
        '--insecure',
        '-v',
        '--verbose',
        '-i',
        '--include',
        '--retry',
        '--retry-delay',
        '--retry-connrefused',
        '-4',
        '-6',
        '-q',
        '--disable',
        '--compressed',
        '-N',
        '--no-buffer',
      ].includes(name)
    ) {
      throw new Error(`option ${name} is not known to this stand-in`);
    }
  }
  return { ...wanted, method: wanted.method ?? 'GET' };
}

function wget(words) {
  const wanted = {
    urls: [],
    headers: {},
    method: 'GET',
    quiet: false,
    failOnStatus: true,
    follow: true,
    spider: false,
    output: undefined,
  };
  const withValue = new Set(
    '-O --output-document -T --timeout -t --tries --header -U --user-agent --post-data -Y --proxy'.split(' '),
  );
  for (const [name, value] of options(words, withValue)) {
    if (name === '') wanted.urls.push(value);
    else if (name === '--spider') wanted.spider = true;
    else if (name === '-O' || name === '--output-document') wanted.output = value;
    else if (name === '-T' || name === '--timeout') wanted.seconds = Number(value);
    else if (name === '--header')
      wanted.headers[value.split(':')[0]] = value.slice(value.indexOf(':') + 1).trim();
    else if (name === '-U' || name === '--user-agent') wanted.headers['user-agent'] = value;
    else if (name === '-q' || name === '--quiet') wanted.quiet = true;
    else if (name === '--post-data') {
      wanted.body = value;
      wanted.method = 'POST';
    } else if (
      ![
        '-S',
        '--server-response',
        '-t',
        '--tries',
        '-nv',
        '-n',
        '-v',
        '--no-verbose',
        '--no-check-certificate',
        '-Y',
        '--proxy',
        '--no-proxy',
        '-c',
      ].includes(name)
    ) {
      throw new Error(`option ${name} is not known to this stand-in`);
    }
  }
  // wget writes a file named for the URL; a health check that asks for it has no use for one.
  if (wanted.output === undefined) wanted.output = '/dev/null';
  return wanted;
}
