// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the configuration file's own syntax.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Check, Errors } from 'typebox/schema'
import { parse } from 'yaml'
import type { SchemaNode } from '../../src/config/schema/kinds.ts'
import { generatedDocuments, staleDocuments } from '../../tools/generate-docs.ts'
import { configOf, SECRET } from './loading.ts'

const ROOT = join(import.meta.dirname, '../..')
const example = readFileSync(join(ROOT, 'countersign.example.yaml'), 'utf8')
const jsonSchema = JSON.parse(generatedDocuments().get('config.schema.json') ?? '')

const env = {
  WIKI_CLIENT_SECRET: SECRET,
  SHOP_CLIENT_SECRET_HASH: `sha256:${'0'.repeat(64)}`,
  NIGHTLY_REPORT_CLIENT_SECRET: SECRET,
  ORDERS_API_CLIENT_SECRET: SECRET,
}

describe('the example file', () => {
  test('is fine', () => {
    const { clients } = configOf(example, { env })
    assert.deepEqual(
      clients.map(({ id }) => id),
      ['wiki', 'shop', 'reader', 'nightly-report', 'orders-api'],
    )
  })

  test('is fine with everything that is commented out, too', () => {
    const whole = example
      .replace(
        /^( *)# (languages:|url:|tls:|rotate_every:|publish_before_use:|lifetimes:|account:|log:|audit:|registration:|client_id_metadata_documents:)/gm,
        '$1$2',
      )
      .replace(/^# {3}(\w+: (?:\w+|\[.*\]))$/gm, '  $1')
      .replace(/^ {2}# {3}(\w+_file:)/gm, '    $1')
      .replace(/^ {2}url: file:.*$/m, '')
      .replace(/^ {2}tls:\n.*\n.*\n/m, '')
    assert.ok(whole.split('#').length < example.split('#').length - 10)
    const config = configOf(whole, {
      env: { ...env, DATABASE_PASSWORD: 'x', REGISTRATION_TOKEN_HASH: env.SHOP_CLIENT_SECRET_HASH },
    })
    assert.equal(config.registration.isEnabled, true)
    assert.deepEqual(config.clientIdMetadataDocuments.allowedDomains, ['apps.example.com'])
    assert.equal(config.database.url, 'postgresql://countersign:x@db.example.com/countersign')
  })

  test('is complete and right in an editor', () => {
    assert.match(example, /^# yaml-language-server: \$schema=\.\/config\.schema\.json\n/)
    assert.deepEqual(Errors(jsonSchema, parse(example))[1], [])
    assert.equal(Check(jsonSchema, parse(example)), true)
  })
})

describe('config.schema.json', () => {
  const accepts = (text: string): boolean => Check(jsonSchema, parse(`issuer: https://sso.example\n${text}`))

  test('accepts variables wherever a value is', () => {
    assert.equal(
      accepts("listen: { port: '${PORT}' }\nlog: { level: '${LEVEL}' }\nkeys: { rsa_bits: '${BITS}' }"),
      true,
    )
    assert.equal(accepts("lifetimes: { access_token: '${A}' }\nclients: [{ client_id: x, first_party: '${B}' }]"), true)
  })

  test('refuses what reading refuses', () => {
    for (const text of [
      'nmae: X',
      'listen: { port: eighty }',
      'log: { level: loud }',
      'clients: [{}]',
      'lifetimes: { access_token: 5 }',
    ]) {
      assert.equal(accepts(text), false, text)
    }
    assert.equal(Check(jsonSchema, {}), false)
  })

  test('describes every key, with an example', () => {
    const visit = (schema: SchemaNode, path: string): void => {
      const map = schema.items?.properties ? schema.items : schema
      for (const [key, property] of Object.entries(map.properties ?? {})) {
        const isMap = property.properties !== undefined || property.items?.properties !== undefined
        assert.ok((property.description ?? '').length > 5, `${path}.${key} has no description`)
        assert.ok(isMap || property.examples, `${path}.${key} has no example`)
        visit(property, `${path}.${key}`)
      }
    }
    visit(jsonSchema, '')
  })
})

test('the generated documents are up to date (node tools/generate-docs.ts)', () => {
  assert.deepEqual(staleDocuments(), [])
})
