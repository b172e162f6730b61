import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type FastifyInstance, fastify } from 'fastify'
import type { Views } from '../../src/http/view-models.ts'
import { httpUrl, INLINE_HASHES, registerViews, render } from '../../src/http/views.ts'
import { LANGUAGE_TAGS, LANGUAGES } from '../../src/words/languages.ts'
import { message } from '../../src/words/message.ts'
import { inEnglish } from '../../src/words/words.ts'
import { readTags, skeleton, unescapeHtml } from '../fixtures/html.ts'
import { EVERY_LANGUAGE } from '../fixtures/sample-server.ts'
import { SAMPLES } from '../fixtures/sample-views.ts'

const VIEWS: readonly (keyof Views)[] = [
  'sign-in',
  'sign-up',
  'sign-up-account',
  'second-factor',
  'totp-setup',
  'totp',
  'passkey-setup',
  'account-passkeys',
  'account-passkey',
  'account-profile',
  'account-sessions',
  'account-password',
  'recovery-codes',
  'account-apps',
  'account-app',
  'account-activity',
  'account-linked',
  'account-data',
  'account-remove',
  'account-removed',
  'mailed-code',
  'mailed-link',
  'done',
  'forgot-password',
  'new-password',
  'email',
  'select-account',
  'consent',
  'sign-out',
  'signed-out',
  'home',
  'error',
  'form-post',
  'signing-out',
  'admin',
  'admin-confirm',
]

/** What a policy lets in as style. */
const styleSources = (text: string): string[] => /style-src ([^;]*)/.exec(text)?.[1]?.split(' ') ?? []

const VIEWS_FOLDER = new URL('../../views/', import.meta.url)
const templates = readdirSync(VIEWS_FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.hbs'),
)

let app: FastifyInstance

before(async () => {
  app = fastify()
  await registerViews(app, EVERY_LANGUAGE)
  app.get('/', (_request, reply) => {
    reply.header('content-security-policy', "default-src 'none'; img-src data:")
    return render(reply, shown.view, shown.model)
  })
})
after(() => app.close())

/** Of the page that was asked for last. */
let policy: string
let shown: { readonly view: keyof Views; readonly model: Views[keyof Views] }

async function html(view: keyof Views, model: Views[keyof Views], language = 'en'): Promise<string> {
  shown = { view, model }
  const { statusCode, body, headers } = await app.inject({ url: '/', headers: { 'accept-language': language } })
  if (statusCode !== 200) throw new Error(body)
  policy = String(headers['content-security-policy'])
  return body
}

function sampleOf(id: string) {
  const found = SAMPLES.find((sample) => sample.id === id)
  assert.ok(found, `no sample ${id}`)
  return found
}

const page = (id: string): Promise<string> => html(sampleOf(id).view, sampleOf(id).model)

/** The attributes of the first `name` whose attribute `key` is `value`. */
function attributesOf(text: string, name: string, key: string, value: string): ReadonlyMap<string, string> {
  const tag = readTags(text).find((each) => each.name === name && each.attributes.get(key) === value)
  assert.ok(tag, `no <${name} ${key}="${value}">`)
  return tag.attributes
}

const titleOf = (text: string): string => unescapeHtml(readTags(text).find((tag) => tag.name === 'title')?.raw ?? '')

describe('every page', () => {
  test('has a sample', () => {
    assert.deepEqual([...new Set(SAMPLES.map(({ view }) => view))].sort(), [...VIEWS].sort())
  })

  for (const { id, view, model } of SAMPLES) {
    test(`${id}: is one small document with a language, a title, one heading, and nothing more to load`, async () => {
      const text = await html(view, model)
      const tags = readTags(text)
      const count = (name: string): number => tags.filter((tag) => tag.name === name && !tag.closing).length
      assert.ok(text.startsWith('<!doctype html>'))
      assert.deepEqual(Object.fromEntries(tags[0]?.attributes ?? []), { lang: 'en', dir: 'ltr' })
      assert.ok(titleOf(text).endsWith(` – ${model.installation}`))
      assert.equal(count('h1'), 1)
      assert.equal(count('main'), 1)
      assert.ok(Buffer.byteLength(text) <= 14_000, `${Buffer.byteLength(text)} bytes`)
      for (const { name, attributes } of tags) {
        // Apps' own pages, for their logout, and the script of passkeys are all that a page of ours ever loads.
        const isPasskeys = name === 'script' && attributes.get('src') === '/passkeys.js?0123456789'
        assert.ok(
          !attributes.has('src') ||
            attributes.get('src')?.startsWith('data:') ||
            isPasskeys ||
            (name === 'iframe' && view === 'signing-out'),
          `<${name} src>`,
        )
        if (name === 'link') assert.ok(attributes.get('href')?.startsWith('data:image/svg+xml,'))
      }
    })

    test(`${id}: has nothing inline but the style and the script whose hashes the CSP gets`, async () => {
      const tags = readTags(await html(view, model))
      const hashes = (name: string): string[] =>
        tags
          .filter((tag) => tag.name === name && tag.raw !== undefined && !tag.attributes.has('src'))
          .map(({ raw = '' }) => `'sha256-${createHash('sha256').update(raw).digest('base64')}'`)
      const isAdmin = view.startsWith('admin')
      assert.deepEqual(hashes('style'), styleSources(policy))
      const scripts: Partial<Record<keyof Views, string>> = {
        'form-post': INLINE_HASHES.formPostScript,
        'signing-out': INLINE_HASHES.signingOutScript,
      }
      const isWithout = isAdmin || ['error', 'signed-out', 'recovery-codes', 'done', 'select-account'].includes(view)
      const hasSecret =
        /^(sign-in|sign-up-account|account-password|new-password|second-factor|totp-setup|mailed-code)$/.test(view)
      const script = scripts[view] ?? INLINE_HASHES.pageScript
      assert.deepEqual(hashes('script'), isWithout ? [] : hasSecret ? [INLINE_HASHES.secretScript, script] : [script])
      for (const { attributes } of tags) {
        for (const name of attributes.keys()) assert.ok(name !== 'style' && !name.startsWith('on'), name)
      }
    })
  }
})

for (const tag of LANGUAGE_TAGS) {
  test(`${tag}: every page says so, holds to its weight, and what strangers wrote stands isolated`, async () => {
    for (const { id, view, model } of SAMPLES) {
      if (view.startsWith('admin')) continue
      const text = await html(view, model, tag)
      const [first] = readTags(text)
      assert.deepEqual(Object.fromEntries(first?.attributes ?? []), { lang: tag, dir: LANGUAGES[tag] }, id)
      assert.ok(Buffer.byteLength(text) <= 14_000, `${id}: ${Buffer.byteLength(text)} bytes`)
      const [, body = ''] = text.split('<body>')
      const bare = body.replaceAll(/<bdi>[^<]*<\/bdi>/g, '').replaceAll(/<[^>]*>/g, '')
      assert.ok(!bare.includes('Acme Team') && !/\bWiki\b/.test(bare), id)
    }
  })
}

describe('text from outside stays text', () => {
  const URLS = new Set(['uri', 'policyUri', 'tosUri', 'url', 'signInUrl', 'href', 'homeUrl', 'backUrl'])

  /** `value` with `payload` in every text. URLs get it after `prefix`; form actions must be URLs, so there it is the path. */
  function poison(value: unknown, payload: string, prefix: string, key = ''): unknown {
    if (Array.isArray(value)) return value.map((each) => poison(each, payload, prefix))
    if (value instanceof Date) return value
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, poison(each, payload, prefix, name)]),
      )
    }
    if (typeof value !== 'string') return value
    // Of a message: our own, never from outside.
    if (key === 'key') return value
    if (key === 'action') return `https://app.example/${payload}`
    return URLS.has(key) ? prefix + payload : payload
  }

  async function assertText(payload: string, prefix: string): Promise<void> {
    for (const { id, view, model } of SAMPLES) {
      const poisoned = await html(view, poison(model, payload, prefix) as Views[keyof Views])
      const plain = await html(view, poison(model, 'plain', prefix) as Views[keyof Views])
      assert.equal(skeleton(poisoned), skeleton(plain), id)
      assert.ok(unescapeHtml(poisoned).includes(payload), `${id} does not show the text`)
      assert.ok(!/\b(?:href|action)="(?:javascript|data:text)/i.test(poisoned), id)
    }
  }

  const PAYLOADS = [
    '"><script>alert(1)</script>',
    '</title></style></script><script>alert(1)</script>',
    '{{constructor}}{{{__proto__}}}{{> layout}}',
    `' onfocus='alert(1)' autofocus='`,
    '" onfocus="alert(1)" autofocus="',
    '<!--<img src=x onerror=alert(1)>',
    '&lt;script&gt;&quot;&#39;',
    `\`\${alert(1)}\``,
  ]
  for (const payload of PAYLOADS) {
    for (const prefix of ['', 'https://app.example/?', 'javascript:alert(1)//']) {
      test(`${payload} in every field, after “${prefix}” in every URL`, () => assertText(payload, prefix))
    }
  }

  test('any mixture of the characters that mean something to HTML and Handlebars', async () => {
    const special = fc.constantFrom(...`<>"'\`=&;/!{}# \n-aA\u0000\u2028é😀`)
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: special, minLength: 1, maxLength: 40 }), (payload) =>
        assertText(payload, 'x:'),
      ),
      { numRuns: 60, seed: 1 },
    )
  })

  test('no template has a triple-stash or an unescaped expression', () => {
    assert.ok(templates.length > 10)
    for (const file of templates) {
      const source = readFileSync(new URL(file, VIEWS_FOLDER), 'utf8')
      assert.ok(!/\{\{\{|\{\{~?\s*&/.test(source), file)
      assert.ok(
        !/=\{\{|='[^']*\{\{/.test(source.replaceAll(/\{\{>[^}]*\}\}/g, '')),
        `${file}: an attribute without double quotes`,
      )
    }
  })
})

describe('links and forms lead to http(s) alone', () => {
  const UNSAFE = [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'com.example.app:/callback',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'evil.example',
    '',
    undefined,
    7,
  ]
  for (const url of UNSAFE) {
    test(`${JSON.stringify(url)} is no link`, () => assert.equal(httpUrl(url), undefined))
  }

  for (const url of ['https://wiki.example/a?b=c#d', 'http://127.0.0.1:3000/', '/', '/sign-in?x=%2F']) {
    test(`${url} is a link as it is`, () => assert.equal(httpUrl(url), url))
  }

  test('a javascript: address of a client appears in no page', async () => {
    const client = {
      name: 'Evil',
      uri: 'javascript:alert(1)',
      policyUri: 'javascript:alert(2)',
      tosUri: 'javascript:alert(3)',
    }
    for (const { view, model } of SAMPLES) {
      const changed = {
        ...model,
        ...('client' in model ? { client } : {}),
        ...('clients' in model ? { clients: [client] } : {}),
      }
      assert.ok(!(await html(view, changed as Views[keyof Views])).includes('javascript:'), view)
    }
  })

  test('a form with an action that is no http(s) address is not rendered at all', async () => {
    const { view, model } = sampleOf('form-post')
    await assert.rejects(html(view, { ...model, action: 'javascript:alert(1)' } as Views['form-post']), /form action/)
  })

  test('an error page whose way on is no link says that the window may be closed', async () => {
    const text = await page('error-native')
    assert.ok(!text.includes('com.example.app:'))
    assert.ok(text.includes('You can close this window.'))
  })
})

describe('sign in', () => {
  test('the fields are what password managers look for, and nothing limits or hinders the password', async () => {
    const text = await page('sign-in')
    const username = attributesOf(text, 'input', 'name', 'username')
    const password = attributesOf(text, 'input', 'name', 'password')
    assert.equal(username.get('autocomplete'), 'username webauthn')
    assert.equal(password.get('autocomplete'), 'current-password')
    assert.equal(password.get('type'), 'password')
    for (const field of [username, password]) {
      assert.equal(field.get('autocapitalize'), 'none')
      assert.equal(field.get('spellcheck'), 'false')
      assert.ok(!field.has('maxlength') && !field.has('placeholder'))
      attributesOf(text, 'label', 'for', field.get('id') ?? '')
    }
    assert.ok(attributesOf(text, 'form', 'action', '/sign-in/4b1c6d0e8f').has('novalidate'))
    const reveal = attributesOf(text, 'button', 'id', 'reveal')
    assert.equal(reveal.get('type'), 'button')
    assert.equal(reveal.get('aria-pressed'), 'false')
    assert.ok(reveal.has('hidden') && reveal.has('aria-label'))
  })

  test('names the app that asks, and offers to go back to it', async () => {
    const text = await page('sign-in')
    assert.equal(titleOf(text), 'Sign in to Wiki – Acme Team')
    assert.ok(text.includes('<h1>Sign in to <bdi>Wiki</bdi></h1>'))
    attributesOf(text, 'form', 'action', '/sign-in/4b1c6d0e8f/cancel')
    assert.ok(!(await page('sign-in-direct')).includes('cancel'))
  })

  test('after an error: title, summary with focus, the same words at the field, user name kept, password empty, id', async () => {
    const text = await page('sign-in-wrong')
    assert.ok(titleOf(text).startsWith('Error: '))
    const summary = attributesOf(text, 'div', 'role', 'alert')
    assert.equal(summary.get('tabindex'), '-1')
    assert.ok(summary.has('autofocus'))
    const password = attributesOf(text, 'input', 'name', 'password')
    assert.equal(password.get('aria-invalid'), 'true')
    assert.equal(password.get('aria-describedby'), 'password-error')
    assert.ok(!password.has('value'))
    attributesOf(text, 'p', 'id', 'password-error')
    assert.equal(text.split(inEnglish(message('sign_in.wrong'))).length, 3)
    assert.ok(text.includes('<a href="#password">'))
    assert.equal(attributesOf(text, 'input', 'name', 'username').get('value'), 'ada')
    assert.ok(text.includes('01a0c8e2-5b8f-7d21-9f7b-2c6a1e5d9c04'))
  })

  test('each empty field is named, at the top and beside it', async () => {
    const text = await page('sign-in-empty')
    for (const name of ['username', 'password']) {
      assert.ok(text.includes(`<a href="#${name}">Enter your `))
      assert.equal(attributesOf(text, 'input', 'name', name).get('aria-describedby'), `${name}-error`)
    }
  })

  test('an error that no field is to blame for marks no field as wrong', async () => {
    const text = await page('sign-in-busy')
    assert.ok(!text.includes('aria-invalid="'))
    assert.equal(attributesOf(text, 'input', 'name', 'password').get('aria-describedby'), 'form-error')
    attributesOf(text, 'li', 'id', 'form-error')
  })

  test('again: the user name is read-only but there for password managers, and another account can be chosen', async () => {
    const text = await page('sign-in-again')
    const username = attributesOf(text, 'input', 'name', 'username')
    assert.ok(username.has('readonly'))
    assert.equal(username.get('value'), 'ada')
    assert.equal(username.get('autocomplete'), 'username')
    assert.equal(attributesOf(text, 'button', 'value', 'other').get('name'), 'answer')
  })
})

describe('the other pages', () => {
  const answersOf = (text: string): string[] =>
    readTags(text)
      .filter(({ attributes }) => attributes.get('name') === 'answer')
      .map(({ attributes }) => attributes.get('value') ?? '')

  test('each form has its answers and the csrf token', async () => {
    const expected = {
      'select-account': ['019ac3e5-0000-7000-8000-000000000001', 'other'],
      consent: ['allow', 'deny'],
      'sign-out': ['yes'],
      home: ['yes'],
    }
    for (const [id, answers] of Object.entries(expected)) {
      const text = await page(id)
      assert.deepEqual(answersOf(text), answers, id)
      assert.ok((attributesOf(text, 'input', 'name', 'csrf').get('value') ?? '').length > 20, id)
    }
  })

  test('consent shows who asks, for what, what is new, how long, and where the answer goes', async () => {
    const text = await page('consent')
    for (const words of ['Wiki', 'Ada Lovelace', 'Stay connected', 'New', '24 hours', 'https://wiki.example']) {
      assert.ok(text.includes(words), words)
    }
    assert.equal(text.split('class="badge"').length, 2)
  })

  test('an error page says Error in the title, the app, the id, a way on, and the technical words in details', async () => {
    const text = await page('error')
    assert.equal(titleOf(text), 'Error: This link does not work – Acme Team')
    attributesOf(text, 'a', 'href', 'https://wiki.example/')
    for (const words of ['invalid_request', '<details>', '01a0c8e2-5b8f-7d21-9f7b-2c6a1e5d9c04', 'You came from']) {
      assert.ok(text.includes(words), words)
    }
    assert.ok(!(await page('error-not-found')).includes('<details>'))
  })

  test('home: who is signed in, the apps and the way out; or else what this place is and the way in', async () => {
    const text = await page('home')
    assert.ok(text.includes('Ada Lovelace'))
    attributesOf(text, 'a', 'href', 'https://shop.example/')
    attributesOf(text, 'form', 'action', '/sign-out')
    attributesOf(await page('home-nobody'), 'a', 'href', '/sign-in')
  })

  test('form_post: every field in a form to the redirection URI, with a button', async () => {
    const text = await page('form-post')
    attributesOf(text, 'form', 'action', 'https://wiki.example/callback')
    assert.equal(attributesOf(text, 'input', 'name', 'state').get('value'), 'af0ifjsldkj')
    attributesOf(text, 'button', 'type', 'submit')
  })
})

test('render sends the page as HTML and leaves the status to the caller', async () => {
  const server = fastify()
  await registerViews(server, EVERY_LANGUAGE)
  const { view, model } = sampleOf('error')
  server.get('/', (_request, reply) => render(reply.status(404), view, model))
  const response = await server.inject('/')
  assert.equal(response.statusCode, 404)
  assert.equal(response.headers['content-type'], 'text/html; charset=utf-8')
  assert.equal(response.body, await html(view, model))
  await server.close()
})
