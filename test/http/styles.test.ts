import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { pageStyles, wholeStyle } from '../../src/http/styles.ts'

const FOLDER = new URL('../../views/style/', import.meta.url)
const sheets = readdirSync(FOLDER).map((file) => [file, readFileSync(new URL(file, FOLDER), 'utf8')] as const)
const styleOf = (view: string): string => pageStyles().get(view)?.text ?? ''

describe('the style sheets', () => {
  test('know no left and no right: what is beside what follows the direction of the text', () => {
    for (const [file, css] of sheets) {
      const found = css.match(
        /(?<![\w-])(left|right|(margin|padding|border|inset)-(left|right)|float|clear)\s*:|:\s*(left|right)\b/g,
      )
      assert.equal(found, null, `${file}: ${found}`)
    }
  })

  test('load nothing from anywhere', () => {
    for (const [file, css] of sheets) assert.doesNotMatch(css, /@import|url\(|@font-face/, file)
  })

  test('say every colour once, as a token', () => {
    for (const [file, css] of sheets) {
      if (file !== 'tokens.css') assert.doesNotMatch(css, /#[0-9a-f]{3,8}\b(?=\s*[;,)])|\brgb|\bhsl/i, file)
    }
  })

  test('move only where motion is wanted', () => {
    for (const [file, css] of sheets) {
      const outside = css.replace(/@media \(prefers-reduced-motion: no-preference\) \{[\s\S]*?\n\}/g, '')
      assert.doesNotMatch(outside, /(?<![\w-])(transition|animation)\b/, file)
    }
  })
})

describe('the style of a page', () => {
  test('has what the page can use, its partials included, and no more', () => {
    assert.match(styleOf('sign-in'), /#reveal\{/)
    assert.match(styleOf('sign-in'), /\.mark\{/)
    assert.doesNotMatch(styleOf('sign-in'), /\.scopes|\.qr|\bdl\b/)
    assert.match(styleOf('consent'), /\.scopes\{/)
    assert.match(styleOf('totp-setup'), /\.qr\{/)
    assert.match(styleOf('home'), /\.apps a::after/)
  })

  test('has every token, light and dark', () => {
    for (const [view, { text }] of pageStyles()) {
      assert.match(text, /^:root\{[^}]*--accent:/, view)
      assert.match(text, /@media \(prefers-color-scheme: dark\)\{:root\{[^}]*--accent:/, view)
    }
  })

  test('is a part of the whole, in its order', () => {
    for (const [view, { text }] of pageStyles()) assert.ok(text.length < wholeStyle(view).length, view)
  })

  test('is whole CSS: every brace has its other', () => {
    for (const [view, { text }] of pageStyles()) {
      const depths = [...text].reduce<number[]>((all, letter) => {
        const depth = all.at(-1) ?? 0
        if (letter === '{') all.push(depth + 1)
        if (letter === '}') all.push(depth - 1)
        return all
      }, [])
      assert.ok(depths.every((depth) => depth >= 0 && depth <= 2) && depths.at(-1) === 0, view)
    }
  })
})
