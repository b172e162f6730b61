/** Basic OP: who is asked to sign in, and when; parameters that must at least do no harm. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECOND as ONE_SECOND } from '../../../src/base/duration.ts'
import { assertErrorFields, discovery } from '../checks.ts'
import { text } from '../run.ts'
import { newRun, type Setting, succeeds } from '../setting.ts'

export function signInModules(setting: Setting): void {
  const { started } = setting
  const ISSUER_HOST = 'login.example'

  for (const [module, display] of [
    ['oidcc-display-page', 'page'],
    ['oidcc-display-popup', 'popup'],
  ] as const) {
    test(`[${module}] display=${display} is no error, and a sign-in page is shown`, async () => {
      const run = await newRun(setting)
      const { journey } = await run.signOn({ display })
      assert.equal(journey.asked[0], 'password')
    })
  }

  test('[oidcc-prompt-login] prompt=login asks again, and auth_time is later', async () => {
    const run = await newRun(setting)
    const first = await run.signOn()
    started().clock.advance(ONE_SECOND)
    const second = await run.signOn({ prompt: 'login' })
    assert.deepEqual(second.journey.asked, ['password'])
    assert.ok(Number(second.idToken['auth_time']) > Number(first.idToken['auth_time']))
    assert.equal(second.idToken['sub'], first.idToken['sub'])
  })

  test('[oidcc-prompt-none-not-logged-in] an error that asks for a user interface, and the long state unchanged', async () => {
    const run = await newRun(setting)
    const request = run.request({ prompt: 'none', state: text(128) })
    const journey = await run.authorize(request)
    const fields = run.fieldsOf(journey)
    assertErrorFields(fields, request['state'])
    assert.match(
      fields.get('error') ?? '',
      /^(interaction_required|login_required|account_selection_required|consent_required)$/,
    )
    assert.deepEqual(journey.asked, [])
  })

  const silently: [string, string, Readonly<Record<string, string>>][] = [
    ['oidcc-prompt-none-logged-in', 'prompt=none', { prompt: 'none' }],
    ['oidcc-max-age-10000', 'max_age=10000', { max_age: '10000' }],
  ]
  for (const [module, title, changes] of silently) {
    test(`[${module}] ${title} while signed in: nobody is asked, auth_time and sub stay`, async () => {
      const run = await newRun(setting)
      const first = await run.signOn(changes['max_age'] === undefined ? {} : { max_age: '15000' })
      started().clock.advance(ONE_SECOND)
      const second = await run.signOn(changes)
      assert.deepEqual(second.journey.asked, [])
      assert.equal(typeof first.idToken['auth_time'], 'number')
      assert.equal(second.idToken['auth_time'], first.idToken['auth_time'])
      assert.equal(second.idToken['sub'], first.idToken['sub'])
    })
  }

  test('[oidcc-id-token-hint] prompt=none with the ID token of who is signed in: nobody is asked', async () => {
    const run = await newRun(setting)
    const first = await run.signOn()
    const second = await run.signOn({ prompt: 'none', id_token_hint: first.tokens.id_token })
    assert.deepEqual(second.journey.asked, [])
    assert.equal(second.idToken['auth_time'], first.idToken['auth_time'])
    assert.equal(second.idToken['sub'], first.idToken['sub'])
  })

  test('[oidcc-max-age-1] max_age=1 two seconds later asks again; auth_time is there, later and of now', async () => {
    const run = await newRun(setting)
    const first = await run.signOn()
    started().clock.advance(2 * ONE_SECOND)
    const second = await run.signOn({ max_age: '1' })
    assert.deepEqual(second.journey.asked, ['password'])
    assert.equal(second.idToken['auth_time'], Math.floor(started().clock.now() / 1000))
    assert.ok(Number(second.idToken['auth_time']) > Number(first.idToken['auth_time']))
  })

  test('[oidcc-login-hint] login_hint is no error, and stands in the sign-in page', async () => {
    const run = await newRun(setting)
    const { journey } = await run.signOn({ login_hint: `buffy@${ISSUER_HOST}` })
    assert.match(journey.pages[0] ?? '', /value="buffy@login\.example"/)
  })

  succeeds(setting, 'oidcc-ui-locales', 'ui_locales is no error', { ui_locales: 'se' })
  succeeds(setting, 'oidcc-ensure-request-with-unknown-parameter-succeeds', 'a parameter of no standard is ignored', {
    extra: 'foobar',
  })

  test('[oidcc-ensure-request-with-acr-values-succeeds] acr_values with all that discovery names: one of them is acr', async () => {
    const values = (await discovery(started().app))['acr_values_supported'] ?? []
    assert.ok(Array.isArray(values) && values.length > 0)
    const run = await newRun(setting)
    const { idToken } = await run.signOn({ acr_values: values.join(' ') })
    assert.ok(values.includes(idToken['acr']), `acr ${idToken['acr']}`)
  })
}

export function postModule(setting: Setting): void {
  test('[oidcc-ensure-post-request-succeeds] the authorization request by POST, from another site', async () => {
    const run = await newRun(setting)
    await run.signOn({}, { method: 'POST' })
  })
}
