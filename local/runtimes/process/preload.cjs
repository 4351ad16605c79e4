/**
 * Loaded into every Node process of a task, before its own code: gives the task an address of its own, as `awsvpc`
 * does. Called with the task's settings by a file of two lines that each task has (settings in the environment would
 * be lost to whoever starts a process with a clean one).
 *
 * Two choke points are enough for http, http2, fetch, cluster and worker threads: where a server listens and where a
 * socket connects.
 * - A server for everybody (no host, 0.0.0.0, ::) listens at the task's address; one for localhost at a second address
 *   that the load balancer does not know, so that an app which listens there only is as unreachable as on ECS.
 * - A connection to localhost goes to the task's own server where it has one at that port, which a marker file says;
 *   else to the machine, where the database and the endpoint are.
 *
 * It is CommonJS because `--require` costs a start 2 to 6 ms and `--import` about 20.
 */
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const EVERYBODY = new Set(['', '0.0.0.0', '::', '::0', '0:0:0:0:0:0:0:0']);
const LOCAL = new Set(['localhost', '127.0.0.1', '::1', '0:0:0:0:0:0:0:1', '0.0.0.0', '::']);

/**
 * @param {{address: string, loopback: string, markers: string, curlrc: string, remapAll: boolean,
 *   remap: Record<string, number>}} settings `remap`: ports that cannot be listened at, and what stands for them.
 */
module.exports = function taskAddress(settings) {
  if (net.Server.prototype.listen.lockstep) return;

  /** The number at which a wanted port is really listened: 0, any free one, where none was set aside. */
  function portFor(wanted, isOpen) {
    if (isOpen && settings.remap[wanted] !== undefined) return settings.remap[wanted];
    return settings.remapAll || (wanted > 0 && wanted < 1024) ? 0 : wanted;
  }

  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function lockstepListen(...given) {
    const place = placeOf(given);
    if (!place) return listen.apply(this, given);
    const isOpen = EVERYBODY.has(place.host);
    const wanted = Number(place.port) || 0;
    const port = wanted === 0 ? 0 : portFor(wanted, isOpen);
    const { options, callback } = place;
    const moved = { ...options, host: isOpen ? settings.address : settings.loopback, port };
    delete moved.ipv6Only;
    if (port !== wanted) tellWanted(this, wanted);
    this.once('listening', () => {
      const real = net.Server.prototype.address.call(this);
      if (!real || typeof real !== 'object') return;
      const number = wanted === 0 ? real.port : wanted;
      const marker = mark(number, `${real.address}:${real.port}`);
      this.once('close', () => fs.rmSync(marker, { force: true }));
    });
    return callback ? listen.call(this, moved, callback) : listen.call(this, moved);
  };
  net.Server.prototype.listen.lockstep = true;

  /** The app asked for a port and is told that it has it. */
  function tellWanted(server, wanted) {
    server.address = function address() {
      const real = net.Server.prototype.address.call(this);
      return real && typeof real === 'object' ? { ...real, port: wanted } : real;
    };
  }

  function mark(port, place) {
    const marker = path.join(settings.markers, String(port));
    const isNew = read(marker) !== place;
    fs.writeFileSync(marker, place);
    if (isNew) {
      const names = ['localhost', '127.0.0.1', '[::1]'];
      fs.appendFileSync(
        settings.curlrc,
        names.map((name) => `connect-to = "${name}:${port}:${place}"\n`).join(''),
      );
    }
    return marker;
  }

  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function lockstepConnect(...given) {
    // Node itself calls this with one array that it marks as already taken apart; what is changed is its first element.
    const normalized = Array.isArray(given[0]);
    const options = normalized ? given[0][0] : given[0];
    if (options !== null && typeof options === 'object') {
      if (!options.path) {
        const moved = moveTo(options.port, options.host);
        if (normalized) {
          if (moved) given[0][0] = { ...options, ...moved };
        } else if (moved) given[0] = { ...options, ...moved };
      }
    } else if (isPort(options)) {
      const hasHost = typeof given[1] === 'string';
      const moved = moveTo(options, hasHost ? given[1] : undefined);
      if (moved) given.splice(0, hasHost ? 2 : 1, { ...moved });
    }
    return connect.apply(this, given);
  };

  function moveTo(port, host) {
    if (!LOCAL.has(String(host ?? 'localhost').toLowerCase())) return undefined;
    const place = read(path.join(settings.markers, String(Number(port))));
    if (!place) return undefined;
    const colon = place.lastIndexOf(':');
    return { host: place.slice(0, colon), port: Number(place.slice(colon + 1)) };
  }
};

/** Host, port and options of a `listen` that is one for a TCP port of this machine; undefined for every other. */
function placeOf(given) {
  const callback = typeof given.at(-1) === 'function' ? given.at(-1) : undefined;
  const [first, ...rest] = given;
  if (first !== null && typeof first === 'object') {
    // A handle, a file descriptor, a path: no address to move.
    if (first._handle || first.fd !== undefined || first.path || !('port' in first)) return undefined;
    return (
      hostOf(first.host) && {
        options: { ...first },
        host: hostOf(first.host).name,
        port: first.port,
        callback,
      }
    );
  }
  if (first === undefined || first === null || typeof first === 'function' || isPort(first)) {
    const host = typeof rest[0] === 'string' ? rest[0] : undefined;
    const backlog = rest.find((one) => typeof one === 'number');
    const port = isPort(first) ? first : 0;
    return hostOf(host) && { options: { backlog }, host: hostOf(host).name, port, callback };
  }
  return undefined;
}

/** Undefined for a host that is neither everybody nor localhost: it stays as it is. */
function hostOf(host) {
  const name = String(host ?? '').toLowerCase();
  return EVERYBODY.has(name) || LOCAL.has(name) ? { name } : undefined;
}

function isPort(value) {
  return typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
