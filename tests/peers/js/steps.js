// SPDX-License-Identifier: GPL-2.0-or-later
// What the clients have in common: the steps of a plan, and the values that a server sends unasked.
'use strict';

const { canonical, observe } = require('./report');

function check(got, wanted) {
  if (wanted !== undefined && got !== wanted) throw new Error(`got ${got}, not ${wanted}`);
}

// Notified and indicated values by characteristic, in the order of their coming.
class Inbox {
  constructor() {
    this._queues = new Map();
    this._changed = () => {};
  }

  _queue(uuid) {
    if (!this._queues.has(uuid)) this._queues.set(uuid, []);
    return this._queues.get(uuid);
  }

  put(uuid, data, more = {}) {
    const value = data.toString('hex');
    this._queue(uuid).push(value);
    observe('received', { uuid, value, ...more });
    this._changed();
  }

  async take({ uuid, values }) {
    const queue = this._queue(canonical(uuid));
    while (queue.length < values.length) {
      await new Promise((resolve) => { this._changed = resolve; });
    }
    check(JSON.stringify(queue.splice(0, values.length)), JSON.stringify(values));
  }
}

// Takes the plan's steps one after the other; which one it was is part of its error.
async function walk(plan, steps) {
  for (const step of plan.steps) {
    if (!Object.hasOwn(steps, step.do)) throw new Error(`no step is called ${step.do}`);
    try {
      await steps[step.do](step);
    } catch (error) {
      throw new Error(`${JSON.stringify(step).slice(0, 100)}: ${error.message}`);
    }
  }
}

module.exports = { Inbox, check, walk };
