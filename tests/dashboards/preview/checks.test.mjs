/** Each check of a picture notices what it is for, and nothing else. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { complaints } from './checks.mjs';

const PANEL = { title: 'a', by: '@grafana/ui BigValue', values: 1, colours: ['#56A64B'], unknown: '', error: '',
  drawn: true, cut: [], box: { x: 16, y: 50, width: 300, height: 100 } };
const BELOW = { ...PANEL, title: 'b', box: { ...PANEL.box, y: 158 } };
const WHOLE = { panels: [PANEL, BELOW], consoleErrors: [], width: 1280, bytes: 1000 };

const with_ = (change) => ({ ...WHOLE, panels: [{ ...PANEL, ...change }, BELOW] });

// [what is wrong, the page, what must be said of it]
const WRONG = [
  ['an error in the browser', { ...WHOLE, consoleErrors: ['x is undefined'] }, /x is undefined/],
  ['a query that failed', with_({ error: 'parse error' }), /a: parse error/],
  ['a panel of an unknown type', with_({ by: '' }), /a: no component/],
  ['an option that nothing obeys', with_({ unknown: 'custom.x' }), /a: nothing here obeys custom.x/],
  ['no data', with_({ values: 0 }), /a: no data/],
  ['an empty picture', with_({ drawn: false }), /a: nothing was drawn/],
  ['a cut title', with_({ cut: ['Clusters wi'] }), /a: cut: Clusters wi/],
  ['panels over each other', with_({ box: { ...PANEL.box, height: 120 } }), /a and b overlap/],
  ['a panel beyond the edge', with_({ box: { ...PANEL.box, x: 1100 } }), /a: beyond the page/],
  ['red where all is well', with_({ colours: ['#56A64B', '#E02F44'] }), /a: red/],
  ['a picture too large', { ...WHOLE, bytes: 400_000 }, /400000 bytes/],
  ['no red where something is wrong', { ...WHOLE, mayBeRed: true, mustBeRed: ['b'] }, /b: not red/],
];

test('a page that is well', () => assert.deepEqual(complaints(WHOLE), []));

for (const [what, page, said] of WRONG) {
  test(what, () => {
    const found = complaints(page);
    assert.equal(found.length, 1);
    assert.match(found[0], said);
  });
}

test('what was allowed is allowed', () => {
  const page = { ...with_({ values: 0, colours: ['red'] }), mayBeEmpty: ['a'], mayBeRed: true, mustBeRed: ['a'] };
  assert.deepEqual(complaints(page), []);
});
