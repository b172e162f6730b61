/**
 * Apache's mod_auth_openidc in front of an app that knows nothing of sign-ins: it gets the claims as headers, and tells them
 * as JSON. Apache has a configuration folder of its own, and ends with the visit.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { installPackages } from '../../../tools/debian-packages.ts'
import { APACHE, APACHE_MODULES, hasModAuthOpenidc } from '../../fixtures/apache.ts'
import { freePort, newClientSecret } from '../../fixtures/countersign.ts'
import { onServer } from '../client.ts'
import { close, listen } from '../listen.ts'
import { type Program, run, startProgram } from '../program.ts'
import type { Claims, Registration, RelyingParty } from '../relying-party.ts'
import { claimsOf, leadsTo } from '../web-app.ts'

export const modAuthOpenidc = onServer({
  name: 'mod_auth_openidc',
  entry: {},
  unavailable: prepare,
  start,
})

/** The programs alone: Debian's package `apache2` would also start a server. */
function prepare(): string | undefined {
  if (hasModAuthOpenidc()) return undefined
  const fault = installPackages(['apache2-bin', 'libapache2-mod-auth-openidc'], 'mod_auth_openidc needs')
  if (fault !== undefined) return `no Apache with it on this machine, and ${fault}`
  return hasModAuthOpenidc() ? undefined : 'Apache is not where apt-get was expected to put it'
}

async function start(registration: Registration): Promise<RelyingParty> {
  const { origin, browser } = registration
  const folder = await mkdtemp(join(tmpdir(), 'countersign-apache-'))
  const appPort = await freePort()
  const app = createServer(({ headers }, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(toldBy(headers)))
  })
  await listen(app, appPort)
  const logPath = join(folder, 'error.log')
  const configPath = join(folder, 'apache.conf')
  await writeFile(configPath, configuration({ ...registration, folder, appPort }), { mode: 0o600 })
  const apache = startProgram([APACHE, '-f', configPath, '-D', 'FOREGROUND'], {})
  const log = (): string => (existsSync(logPath) ? readFileSync(logPath, 'utf8') : '')
  const end = async (): Promise<void> => {
    await apache.end()
    await close(app)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await isListening(origin, apache, log)
  } catch (error) {
    await end()
    throw error
  }

  /** What the app was told, at a request of its own. */
  const told = async (): Promise<Told> => claimsOf(await browser.open(`${origin}/`)) as unknown as Told
  return {
    version: versions(),
    // Any page of the app will do.
    begin: async () => leadsTo(await browser.get(`${origin}/`)),
    async finish(response) {
      const { status, body } = await browser.open(response)
      assert.ok(status < 400, `Apache answered ${status}: ${body.slice(0, 500)}`)
      return (await told()).idToken
    },
    userinfo: async () => (await told()).userinfo,
    async refresh() {
      const before = (await told()).accessToken
      const hook = new URLSearchParams({ refresh: `${origin}/`, access_token: before })
      const { url } = await browser.open(`${origin}/callback?${hook}`)
      assert.equal(url.searchParams.get('error_code'), null)
      return { accessTokenBefore: before, accessToken: (await told()).accessToken }
    },
    signOut: async () =>
      leadsTo(await browser.get(`${origin}/callback?${new URLSearchParams({ logout: `${origin}/bye` })}`)),
    log,
    close: end,
  }
}

/** What the module lets the app behind it know. */
interface Told {
  readonly idToken: Claims
  readonly userinfo: Claims
  readonly accessToken: string
}

const toldBy = (headers: IncomingHttpHeaders): Told => ({
  idToken: JSON.parse(String(headers['oidc_id_token_payload'] ?? '{}')),
  userinfo: JSON.parse(String(headers['oidc_userinfo_json'] ?? '{}')),
  accessToken: String(headers['oidc_access_token'] ?? ''),
})

async function isListening(origin: string, apache: Program, log: () => string): Promise<void> {
  let hasEnded = false
  void apache.ended.then(() => {
    hasEnded = true
  })
  for (;;) {
    const isUp = await fetch(origin, { redirect: 'manual' }).then(
      () => true,
      () => false,
    )
    if (isUp) return
    if (hasEnded) throw new Error(`Apache has ended: ${apache.output()}${log()}`)
    await delay(50)
  }
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own syntax.
const FORMAT = '${source:Upstream-Version}'

function versions(): string {
  const module = run('dpkg-query', ['--show', '--showformat', FORMAT, 'libapache2-mod-auth-openidc'])
  const apache = /Apache\/([\d.]+)/.exec(run(APACHE, ['-v']).output)?.[1] ?? '?'
  return `${module.isDone ? module.output : '?'} (Apache ${apache})`
}

const MODULE_NAMES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc', 'proxy', 'proxy_http']

interface Settings extends Registration {
  readonly folder: string
  readonly appPort: number
}

/** Discovery, PKCE, and what the app behind is told in headers. */
function configuration({ folder, appPort, issuer, clientId, clientSecret, origin, scope }: Settings): string {
  return `
ServerRoot "${folder}"
DefaultRuntimeDir "${folder}"
ServerName 127.0.0.1
Listen 127.0.0.1:${new URL(origin).port}
PidFile "${folder}/apache.pid"
ErrorLog "${folder}/error.log"
${process.getuid?.() === 0 ? 'User nobody\nGroup nogroup' : ''}
${MODULE_NAMES.map((name) => `LoadModule ${name}_module "${APACHE_MODULES}/mod_${name}.so"`).join('\n')}
ServerLimit 1
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 8

OIDCProviderMetadataURL "${issuer}/.well-known/openid-configuration"
OIDCClientID "${clientId}"
OIDCClientSecret "${clientSecret}"
OIDCRedirectURI "${origin}/callback"
OIDCCryptoPassphrase "${newClientSecret()}"
OIDCScope "${scope}"
OIDCPKCEMethod S256
OIDCPassIDTokenAs payload
OIDCPassUserInfoAs json

<Location "/">
  AuthType openid-connect
  Require valid-user
</Location>
ProxyPass "/callback" "!"
ProxyPass "/" "http://127.0.0.1:${appPort}/"
`
}
