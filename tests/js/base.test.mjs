import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Latest, StaticModel, debounce, luminance } from "../../llmlab/widgets/base.js";

const open = (options = {}) => {
  const posted = [];
  let silences = 0;
  const latest = new Latest(
    options.post ?? ((sequence, payload) => posted.push([sequence, payload])),
    () => { silences += 1; }, 1500);
  return { latest, posted, silences: () => silences };
};

test("of the requests that wait, only the last is sent", () => {
  const { latest, posted } = open();
  for (const wish of ["a", "b", "c"]) latest.ask(wish);
  assert.equal(latest.settle(1), false); // c is still owed
  assert.deepEqual(posted, [[1, "a"], [2, "c"]]);
  assert.equal(latest.settle(2), true);
  latest.stop();
});

test("an answer that was overtaken is not shown", () => {
  const { latest } = open();
  latest.ask("a");
  assert.equal(latest.settle(7), false);
  assert.equal(latest.settle(1), true);
});

test("silence is told after the patience, and the next request is tried again", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { latest, posted, silences } = open();
  latest.ask("a");
  mock.timers.tick(1499);
  assert.equal(silences(), 0);
  mock.timers.tick(1);
  assert.equal(silences(), 1);
  latest.ask("b");
  assert.deepEqual(posted.map(([, wish]) => wish), ["a", "b"]);
  latest.stop();
  mock.timers.reset();
});

test("an answer that comes after all is still taken", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { latest } = open();
  latest.ask("a");
  mock.timers.tick(5000);
  assert.equal(latest.settle(1), true);
  mock.timers.reset();
});

test("a closed comm counts as silence at once", () => {
  const { latest, silences } = open({ post() { throw new Error("comm closed"); } });
  latest.ask("a");
  assert.equal(silences(), 1);
});

test("debounce keeps the last call", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const seen = [];
  const call = debounce((value) => seen.push(value), 100);
  call(1);
  mock.timers.tick(99);
  call(2);
  mock.timers.tick(100);
  assert.deepEqual(seen, [2]);
  mock.timers.reset();
});

test("a static model tells listeners about changes, and only about changes", () => {
  const model = new StaticModel({ step: 1 });
  let calls = 0;
  const count = () => { calls += 1; };
  model.on("change:step", count);
  model.set("step", 1);
  assert.equal(calls, 0);
  model.set("step", 2);
  assert.deepEqual([calls, model.get("step")], [1, 2]);
  model.off("change:step", count);
  model.set("step", 3);
  assert.equal(calls, 1);
});

for (const [colour, expected] of [
  ["#fff", 1], ["#000000", 0], ["rgb(255, 255, 255)", 1], ["rgba(0, 0, 0, 0)", null],
  ["", null], [" #111111", 0.0056],
]) {
  test(`luminance of "${colour}"`, () => {
    const found = luminance(colour);
    if (expected === null) assert.equal(found, null);
    else assert.ok(Math.abs(found - expected) < 1e-4, `${found}`);
  });
}
