/** The files of views/words/, and what says them. */
import assert from 'node:assert/strict'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { LANGUAGE_TAGS, type LanguageTag } from '../../src/words/languages.ts'
import { formsOf, placeholdersOf, textFault } from '../../src/words/template.ts'
import { type Text, textsOf } from '../../src/words/texts.ts'

const ROOT = join(import.meta.dirname, '../..')
const english: Readonly<Record<string, Text>> = textsOf('en')
const keys = Object.keys(english)

/** Every category that a count of ours can be of; some languages have more, for fractions and millions. */
function categoriesOf(tag: LanguageTag): ReadonlySet<string> {
  const rules = new Intl.PluralRules(tag)
  return new Set(Array.from({ length: 1001 }, (_, count) => rules.select(count)))
}

test('each language that is offered has a file, and each file is offered', () => {
  const files = readdirSync(join(ROOT, 'views/words')).map((file) => file.replace(/\.json$/, ''))
  assert.deepEqual(files.sort(), [...LANGUAGE_TAGS].sort())
})

for (const tag of LANGUAGE_TAGS) {
  describe(tag, () => {
    const texts: Readonly<Record<string, Text>> = textsOf(tag)

    test('has every key of English, in the same order, and no other', () => {
      assert.deepEqual(Object.keys(texts), keys)
    })

    test('has no key twice', () => {
      const written = readFileSync(join(ROOT, `views/words/${tag}.json`), 'utf8').match(/^ {2}"[^"]+":/gm) ?? []
      assert.deepEqual(written.length, Object.keys(texts).length)
    })

    for (const key of keys) {
      test(`${key}: the same is put in, nothing is empty, and there are the plural forms of the language`, () => {
        const [source = '', text = ''] = [english[key], texts[key]]
        assert.deepEqual([...placeholdersOf(text)].sort(), [...placeholdersOf(source)].sort())
        for (const form of formsOf(text)) {
          assert.equal(form, form.trim())
          assert.notEqual(form, '')
          // Of plurals "one" may say it in a word.
          if (typeof text === 'string') assert.equal(textFault(form, source), undefined)
        }
        assert.equal(typeof text, typeof source)
        if (typeof text === 'string') return
        const categories = categoriesOf(tag)
        assert.deepEqual(Object.keys(text).sort(), [...new Set([...categories, 'other'])].sort())
      })
    }
  })
}

test('every text is said by a template or by code', () => {
  const sources = [...globSync('views/**/*.hbs', { cwd: ROOT }), ...globSync('src/**/*.ts', { cwd: ROOT })]
    .filter((path) => !path.endsWith('words/keys.ts') && !path.includes('generated'))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n')
  // Built from a name: scope.${known}
  const isBuilt = (key: string): boolean => /^(scope|claim|mail)\./.test(key)
  assert.deepEqual(
    keys.filter((key) => !isBuilt(key) && !sources.includes(`'${key}'`) && !sources.includes(`"${key}"`)),
    [],
  )
})

test('what a template says exists, with everything that is put into it', () => {
  const wrong: string[] = []
  for (const path of globSync('views/**/*.hbs', { cwd: ROOT })) {
    const source = readFileSync(join(ROOT, path), 'utf8')
    for (const [, key = '', hash = ''] of source.matchAll(/\{\{(?:t|plain) "([^"]+)"([^}]*)\}\}/g)) {
      const given = [...hash.matchAll(/([a-z_]+)=/g)].map(([, name]) => name)
      const wanted = [...placeholdersOf(english[key] ?? '')]
      if (english[key] === undefined || given.sort().join() !== wanted.sort().join()) wrong.push(`${path}: ${key}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('a template has no words of its own', () => {
  const found: string[] = []
  for (const path of globSync('views/**/*.hbs', { cwd: ROOT })) {
    if (/admin|check-session/.test(path)) continue
    const text = readFileSync(join(ROOT, path), 'utf8')
      .replaceAll(/\{\{[^}]*\}\}/g, ' ')
      .replaceAll(/<[^>]*>/g, ' ')
    for (const [word] of text.matchAll(/\p{L}{2,}/gu)) found.push(`${path}: ${word}`)
  }
  assert.deepEqual(found, [])
})
