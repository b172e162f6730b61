import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { webUriFault } from '../../src/protocol/web-uri.ts'

describe('[RFC7591 5] a link to show to people', () => {
  for (const uri of [
    'https://wiki.example',
    'https://wiki.example/a?b#c',
    'http://localhost:3000/',
    'http://127.0.0.1/',
  ]) {
    test(`may be ${uri}`, () => assert.equal(webUriFault(uri), undefined))
  }
  for (const uri of [
    '',
    '/terms',
    'javascript:alert(1)',
    'data:text/html,x',
    'http://wiki.example/',
    'https://a@wiki.example/',
    'https://',
    'https://wiki.example/<b>',
    'https://wiki.example/ ',
    'https://wíki.example/',
    'https://wiki.example:x/',
    'https://wiki.example;script-src/',
    'https://wiki.example,other.example/',
    "https://'none'/",
  ]) {
    test(`may not be ${JSON.stringify(uri)}`, () => assert.notEqual(webUriFault(uri), undefined))
  }
})
