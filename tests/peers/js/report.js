// SPDX-License-Identifier: GPL-2.0-or-later
// What client.js and server.js have in common: observations, expectations, the deadline, the end.
'use strict';

const { isDeepStrictEqual } = require('util');

const seen = [];

// One JSON line on stdout, kept for the expectations.
function observe(event, fields = {}) {
  const observation = { event, ...fields };
  seen.push(observation);
  process.stdout.write(JSON.stringify(observation) + '\n');
}

function matches(observation, wanted) {
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(observation[key], value));
}

// Each expectation is part of an observation of its own; their order does not matter.
function missing(expected) {
  const left = seen.slice();
  return expected.filter((wanted) => {
    const at = left.findIndex((observation) => matches(observation, wanted));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function fail(why) {
  observe('failed', { why });
  process.exit(1);
}

// Ends the program: 0 only if all that was expected was seen.
function finish(expected = []) {
  const lacking = missing(expected);
  if (lacking.length) fail(`not seen: ${JSON.stringify(lacking)}`);
  observe('done');
  process.exit(0);
}

// [name, plan, deadline in seconds] of the command line; the deadline runs from here on.
function start(usage) {
  const [name, text, seconds = '30'] = process.argv.slice(2);
  let plan;
  try {
    plan = JSON.parse(text);
  } catch (error) {
    plan = null;
  }
  if (!name || !plan || !(seconds > 0)) {
    console.error(`usage: ${usage}`);
    process.exit(2);
  }
  setTimeout(() => {
    fail(`nothing after ${seconds} s; ${JSON.stringify(seen.at(-1) || {})} was last`);
  }, seconds * 1000);
  for (const what of ['uncaughtException', 'unhandledRejection']) {
    process.on(what, (error) => fail(error && error.message ? error.message : String(error)));
  }
  return { name, plan };
}

// 2a00, 00002a00-0000-1000-8000-00805f9b34fb and what noble makes of a leading zero are the same.
function canonical(uuid) {
  let hex = uuid.replace(/-/g, '').toLowerCase();
  if (hex.length <= 8) hex = hex.padStart(8, '0') + '00001000800000805f9b34fb';
  return hex.endsWith('00001000800000805f9b34fb') && hex.startsWith('0000') ? hex.slice(4, 8) : hex;
}

module.exports = { canonical, fail, finish, observe, start };
