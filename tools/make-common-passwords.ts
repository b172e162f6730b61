/**
 * `node tools/make-common-passwords.ts FILE LICENCE`: makes src/accounts/common-passwords.json from a list of passwords, the
 * commonest first (a JSON array, `src/passwords.json` of the npm package @zxcvbn-ts/language-common), and its licence.
 * Kept are digests of 40 bits: small, quick to search, and no list of what people type.
 */
import { hash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DIGEST_BYTES } from '../src/accounts/common-passwords.ts'
import { MIN_PASSWORD_LENGTH, normalizedPassword } from '../src/accounts/normalized-password.ts'

const TARGET = join(import.meta.dirname, '../src/accounts/common-passwords.json')
/** Shorter words cannot be chosen, but with a year behind them they can. Those further down are words like any other. */
const SHORT_WORDS = { leastLength: 5, among: 5000 }

/** What the list lacks: other languages, and what installers and administrators make up. */
const MORE = `
12344321 123454321 123123 qwertz123 qwertz1234 passwort passwort1 motdepasse contraseña contrasena wachtwoord senha123 hasło123 salasana lösenord adgangskode
correcthorsebatterystaple administrator administrador adminadmin changeme changeit letmein welcome willkommen bienvenue
sommer winter spring summer autumn frühling herbst printemps hiver verano invierno january february march april june july
august september october november december monday tuesday wednesday thursday friday saturday sunday
`

function isWanted(password: string, rank: number): boolean {
  if ([...password].length >= MIN_PASSWORD_LENGTH) return true
  const { leastLength, among } = SHORT_WORDS
  return rank < among && password.length >= leastLength && /^\p{L}+$/u.test(password)
}

function main([file, licence]: readonly string[]): void {
  if (file === undefined || licence === undefined) {
    throw new Error('usage: node tools/make-common-passwords.ts FILE LICENCE')
  }
  const listed: readonly string[] = JSON.parse(readFileSync(file, 'utf8'))
  const wanted = [...MORE.trim().split(/\s+/), ...listed.filter(isWanted)]
  const folded = new Set(wanted.map((password) => normalizedPassword(password)?.toLowerCase() ?? ''))
  const digests = [...folded].map((text) => hash('sha256', text, 'buffer').subarray(0, DIGEST_BYTES))
  const sorted = digests.toSorted(Buffer.compare)
  const made = {
    about: 'The first bytes of the SHA-256 of each password, sorted; made by tools/make-common-passwords.ts',
    source: '@zxcvbn-ts/language-common, passwords',
    licence: readFileSync(licence, 'utf8').replaceAll(/\s+/g, ' ').trim(),
    count: sorted.length,
    digests: Buffer.concat(sorted).toString('base64'),
  }
  writeFileSync(TARGET, `${JSON.stringify(made, undefined, 2)}\n`)
  console.log(`${sorted.length} passwords in ${TARGET}`)
}

if (import.meta.main) main(process.argv.slice(2))
