import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visible, visibleText } from '../../src/http/visible-text.ts'

test('what nobody sees is shown as its code point, and other text stays', () => {
  for (const text of ['', 'Ada Löwe', '日本語 עברית', 'a\u00a0b', '😀', '<b>"&\''])
    assert.equal(visibleText(text), text)
  for (const [text, shown] of [
    ['a\u0000b', 'a⟨U+0000⟩b'],
    ['a\r\nb', 'a⟨U+000D⟩⟨U+000A⟩b'],
    ['\u202Egnp.exe', '⟨U+202E⟩gnp.exe'],
    ['\u2066\u2069\u200B\uFEFF', '⟨U+2066⟩⟨U+2069⟩⟨U+200B⟩⟨U+FEFF⟩'],
    ['\u3164\u2028', '⟨U+3164⟩⟨U+2028⟩'],
    ['\u{E0041}', '⟨U+E0041⟩'],
    ['\ud800', '⟨U+D800⟩'],
  ] as const)
    assert.equal(visibleText(text), shown)
})

test('in a model every text is, however deep, and nothing else changes', () => {
  const model = { a: '\u202E', b: [{ c: 'x\u0007', d: 1, e: true, f: undefined, g: null }] }
  assert.deepEqual(visible(model), {
    a: '⟨U+202E⟩',
    b: [{ c: 'x⟨U+0007⟩', d: 1, e: true, f: undefined, g: null }],
  })
})
