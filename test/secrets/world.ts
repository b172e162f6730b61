/** One installation of which everything is switched on, full of marked secrets, and whoever it speaks to. */
import { createPrivateKey } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { sha256 } from '../../src/base/hash.ts'
import { deriveKey, open } from '../../src/keys/sealing.ts'
import type { StoredSigningKey } from '../../src/storage/storage.ts'
import { certificateAuthority } from '../fixtures/certificates.ts'
import { ecPair, jwkOf, type KeyPair, rsaPair } from '../fixtures/client-keys.ts'
import { type CountersignProcess, countersignInstallation, type Installation } from '../fixtures/countersign.ts'
import { freePort } from '../fixtures/free-port.ts'
import { type OtlpReceiver, otlpReceiver } from '../fixtures/otlp-receiver.ts'
import { type Canaries, canaries } from './canaries.ts'
import { type Http, recordedHttp } from './http.ts'
import { type Places, places } from './places.ts'

export const CALLBACK = 'https://app.example/callback'
const ORIGIN = 'https://app.example'

export interface World {
  readonly canaries: Canaries
  readonly places: Places
  readonly installation: Installation
  readonly http: Http
  readonly running: CountersignProcess
  readonly otlp: OtlpReceiver
  /** Who is told of logouts and of thefts. */
  readonly receiver: Receiver
  readonly environment: Readonly<Record<string, string>>
  readonly config: Readonly<Record<string, unknown>>
  readonly configPath: string
  readonly secrets: Secrets
  readonly keys: { readonly signer: KeyPair; readonly rsa: KeyPair }
  metrics(): Promise<string>
  close(): Promise<void>
}

interface Receiver {
  readonly url: string
  readonly received: readonly { readonly path: string; readonly headers: string; readonly body: string }[]
  answer: number
  close(): Promise<void>
}

async function receiverOf(): Promise<Receiver> {
  const received: { path: string; headers: string; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    received.push({ path: request.url ?? '', headers: JSON.stringify(request.headers), body })
    response.writeHead(receiver.answer).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: 200,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}

const makeSecrets = ({ make, add }: Canaries) => ({
  basic: make('client secret (basic)'),
  post: make('client secret (post)'),
  jwt: make('client secret (client_secret_jwt)'),
  robot: make('client secret (only its hash is in the file)'),
  webhook: make('webhook secret'),
  webhookPath: make('webhook path'),
  metrics: make('metrics token'),
  otlp: make('OTLP header'),
  initial: make('initial access token'),
  database: make('password of the database'),
  password: add('password', 'canary password 7f3a "quoted" & <marked>'),
  wary: add('password of who has a second factor', 'canary password of the wary, 4d7e'),
  admin: add('password of the admin', 'canary password of an admin, 9b1c'),
})
export type Secrets = ReturnType<typeof makeSecrets>

function configOf(secrets: Secrets, urls: { receiver: string; otlp: string; metricsPort: number }, signer: KeyPair) {
  return {
    log: { level: 'trace' },
    trusted_proxies: ['127.0.0.1'],
    implicit_flow: true,
    session_management: true,
    keys: { sealing_key_file: 'keys/sealing.key', encryption_algorithms: ['RSA-OAEP-256'], publish_before_use: '1h' },
    lifetimes: { refresh_retry_window: '1s' },
    egress: { allowed_hosts: ['127.0.0.1'] },
    audit: { tokens: true },
    admin: { groups: ['admins'], actions: true },
    metrics: { listen: { port: urls.metricsPort }, token: secrets.metrics },
    tracing: { otlp_endpoint: urls.otlp, sample_one_in: 1, headers: `Authorization: Bearer ${secrets.otlp}` },
    notifications: {
      webhook_url: `${urls.receiver}/hooks/${secrets.webhookPath}?key=${secrets.webhookPath}`,
      webhook_secret: secrets.webhook,
    },
    registration: { enabled: true, initial_access_tokens: [`sha256:${sha256(secrets.initial)}`] },
    throttling: { unknown_device: { attempts: 4 }, client_secrets: { attempts: 3 } },
    clients: [
      {
        ...APP,
        client_id: 'app',
        client_secret: secrets.basic,
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        scope: 'openid profile email groups offline_access',
        backchannel_logout_uri: `${urls.receiver}/logout`,
        frontchannel_logout_uri: `${ORIGIN}/gone`,
        introspection: 'any',
      },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the file's own syntax.
      { ...APP, client_id: 'post', token_endpoint_auth_method: 'client_secret_post', client_secret: '${POST_SECRET}' },
      {
        ...APP,
        client_id: 'hs',
        token_endpoint_auth_method: 'client_secret_jwt',
        client_secret_file: 'hs.secret',
        id_token_signed_response_alg: 'HS256',
      },
      {
        ...APP,
        client_id: 'signer',
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [jwkOf(signer, { kid: 'one' })] },
      },
      {
        client_id: 'spa',
        redirect_uris: ['https://spa.example/callback'],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid profile email offline_access',
      },
      {
        ...APP,
        client_id: 'old',
        client_secret: secrets.basic,
        grant_types: ['implicit'],
        response_types: ['id_token', 'id_token token'],
      },
      {
        client_id: 'robot',
        client_secret_hash: `sha256:${sha256(secrets.robot)}`,
        grant_types: ['client_credentials'],
      },
    ],
  }
}

const APP = { redirect_uris: [CALLBACK], post_logout_redirect_uris: [`${ORIGIN}/bye`], first_party: true }

/** @param postgresql the URL of an empty database that lets in anybody; otherwise SQLite */
export async function secretWorld(postgresql?: string): Promise<World> {
  const marked = canaries()
  const seen = places()
  const secrets = makeSecrets(marked)
  const [receiver, otlp, port, metricsPort] = await Promise.all([receiverOf(), otlpReceiver(), freePort(), freePort()])
  const keys = { signer: ecPair(), rsa: rsaPair() }
  const config = configOf(secrets, { receiver: receiver.url, otlp: otlp.endpoint, metricsPort }, keys.signer)
  const databaseUrl = postgresql && Object.assign(new URL(postgresql), { password: secrets.database }).href
  const tls = certificateAuthority().issue('localhost')
  const issuer = `https://localhost:${port}`
  const installation = await countersignInstallation({
    ...{ issuer, tls, clients: config.clients, config: { ...config, listen: listenAt(port) } },
    ...(databaseUrl && { databaseUrl }),
  })
  // What is in the file is read at the start.
  marked.used(JSON.stringify({ config, databaseUrl }))
  const { folder } = installation
  const sealingKey = Buffer.from(marked.make('sealing key'), 'base64url')
  marked.add('sealing key', sealingKey)
  await writeFile(join(folder, 'keys/sealing.key'), `${sealingKey.toString('base64url')}\n`, { mode: 0o600 })
  await writeFile(join(folder, 'hs.secret'), `${secrets.jwt}\n`, { mode: 0o600 })
  await Promise.all([mkdir(join(folder, 'cwd')), mkdir(join(folder, 'tmp'))])
  const environment = { POST_SECRET: secrets.post, TMPDIR: join(folder, 'tmp') }
  const running = await installation.start({ port, cwd: join(folder, 'cwd'), environment })
  const http = recordedHttp(running.origin.replace('127.0.0.1', 'localhost'), { canaries: marked, places: seen })
  return {
    ...{
      canaries: marked,
      places: seen,
      installation,
      http,
      running,
      otlp,
      receiver,
      environment,
      config,
      secrets,
      keys,
    },
    configPath: join(folder, 'countersign-0.yaml'),
    async metrics() {
      const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, {
        headers: { authorization: `Bearer ${secrets.metrics}` },
      })
      return answer.text()
    },
    async close() {
      http.close()
      await installation.remove()
      await Promise.all([receiver.close(), otlp.close()])
    },
  }
}

const listenAt = (port: number) => ({
  host: '127.0.0.1',
  port,
  tls: { certificate_file: 'certificate.pem', key_file: 'key.pem' },
})

/** Keys of every kind, which nobody ever sends. */
export async function rememberKeys({ canaries: { add, isHeld }, installation, keys }: World): Promise<void> {
  const tls = createPrivateKey(await readFile(join(installation.folder, 'key.pem')))
  const held = { 'TLS key': tls, 'private key of a client': keys.signer.privateKey }
  for (const [name, key] of Object.entries(held)) {
    add(name, Buffer.from(String(key.export({ format: 'jwk' }).d), 'base64url'))
    isHeld(name)
  }
  // The key of an HMAC; and SQLite has no password.
  for (const name of ['sealing key', 'client secret (client_secret_jwt)', 'password of the database']) isHeld(name)
}

/** The private halves that sign and decrypt, as the database keeps them sealed. */
export async function rememberSigningKeys(
  { canaries, installation }: World,
  stored: readonly StoredSigningKey[],
): Promise<void> {
  const text = await readFile(join(installation.folder, 'keys/sealing.key'), 'utf8')
  const key = deriveKey(Buffer.from(text.trim(), 'base64url'), 'signing-keys')
  for (const { kid, sealedPrivateJwk } of stored) {
    if (sealedPrivateJwk === undefined) continue
    const jwk = JSON.parse(open(key, sealedPrivateJwk, { kid }))
    const name = `private ${jwk.kty} key of Countersign`
    for (const part of [jwk.d, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi])
      if (part !== undefined) canaries.add(name, Buffer.from(part, 'base64url'))
    canaries.isHeld(name)
  }
}
