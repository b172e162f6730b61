/** The section `sign_up`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keysThatNeedRestart } from '../../src/config/needs-restart.ts'
import { configOf, faultsOf } from './loading.ts'

const MAIL = 'mail: { from: login@sso.example, smtp: { host: smtp.example } }'
const fileOf = (signUp: string, ...more: string[]): string =>
  ['issuer: https://sso.example', ...more, `sign_up: ${signUp}`, ''].join('\n')

describe('sign_up', () => {
  test('left out, nobody makes an account; what is said is kept', () => {
    assert.equal(configOf('issuer: https://sso.example\n').signUp, undefined)
    assert.deepEqual(configOf(fileOf('{ mode: domains, allowed_domains: [acme.example] }', MAIL)).signUp, {
      mode: 'domains',
      allowedDomains: ['acme.example'],
      groups: [],
      username: 'chosen',
      name: 'optional',
    })
  })

  test('is followed while it runs', () => {
    const [before, after] = [configOf(fileOf('{ mode: open }', MAIL)), configOf(fileOf('{ mode: invitation }', MAIL))]
    assert.deepEqual(keysThatNeedRestart(before, after), [])
  })

  test('needs mails, unless links are handed over; domains for that mode and for no other; and makes nobody an admin', () => {
    const ADMIN = 'admin: { groups: [admins] }'
    for (const [file, path, says] of [
      [fileOf('{ mode: open }'), 'sign_up.mode', /needs mails/],
      [fileOf('{ mode: domains, allowed_domains: [acme.example] }'), 'sign_up.mode', /needs mails/],
      [fileOf('{ mode: domains }', MAIL), 'sign_up.allowed_domains', /nobody could sign up/],
      [fileOf('{ mode: open, allowed_domains: [acme.example] }', MAIL), 'sign_up.allowed_domains', /any address may/],
      [
        fileOf('{ mode: domains, allowed_domains: [Acme.example] }', MAIL),
        'sign_up.allowed_domains[0]',
        /small letters/,
      ],
      [fileOf('{ mode: open, groups: [staff, admins] }', MAIL, ADMIN), 'sign_up.groups', /would be an admin/],
      [fileOf('{ mod: open }', MAIL), 'sign_up.mod', /mode/],
    ] as const) {
      const faults = faultsOf(file)
      assert.deepEqual(
        faults.map((fault) => fault.path),
        [path],
        file,
      )
      assert.match(JSON.stringify(faults[0]), says)
    }
    assert.equal(configOf(fileOf('{ mode: invitation }')).signUp?.mode, 'invitation')
  })
})
