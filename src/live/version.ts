/** All that is made from one configuration: what its application may reach, and the application. */
import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { passwordHasher } from '../accounts/authenticators/password.ts'
import { createApp } from '../app.ts'
import { logoutDelivery } from '../authorization/logout-delivery.ts'
import { securityNoticeDelivery } from '../authorization/security-notice-delivery.ts'
import { clientIdDocuments } from '../clients/client-id-documents.ts'
import { clientKeys } from '../clients/client-keys.ts'
import { referencedRequests } from '../clients/referenced-requests.ts'
import { registeredClients } from '../clients/registered-clients.ts'
import { clientRegistry } from '../clients/registry.ts'
import type { Config } from '../config/config.ts'
import type { Kind } from '../deliveries/deliverer.ts'
import type { Deps } from '../deps.ts'
import { createEgress, egressPolicy } from '../egress/egress.ts'
import { browserCookies } from '../http/browser.ts'
import { mailDelivery } from '../mail/mail-delivery.ts'
import { mailer } from '../mail/mailer.ts'
import { apisByAudience } from '../protocol/api.ts'
import type { DeliveryKind } from '../storage/storage.ts'
import { guesses } from '../throttling/guesses.ts'
import { limits } from '../throttling/limits.ts'
import type { Opened } from './opened.ts'

export interface Version {
  readonly config: Config
  readonly revision: string
  readonly deps: Deps
  readonly app: FastifyInstance
  readonly kinds: Readonly<Record<DeliveryKind, Kind>>
}

interface Making {
  readonly config: Config
  readonly revision: string
  readonly reloads: Deps['reloads']
  /** The version in force: what the new configuration does not change is taken over from it, with all that it remembers. */
  readonly before: Version | undefined
}

/** The application is ready and does not listen. Rejects for what is wrong with us, never for the configuration. */
export async function makeVersion(opened: Opened, making: Making): Promise<Version> {
  const { config, revision } = making
  const deps = makeDeps(opened, making)
  const app = await createApp(deps, opened.log)
  await app.ready()
  return { config, revision, deps, app, kinds: deliveryKinds(deps) }
}

/** What sends what is in the outbox. */
export const deliveryKinds = (deps: Deps): Readonly<Record<DeliveryKind, Kind>> => ({
  logout: logoutDelivery(deps),
  security_notice: securityNoticeDelivery(deps),
  mail: mailDelivery(deps),
})

function makeDeps(opened: Opened, { config, reloads, before }: Making): Deps {
  const { storage, log, clock, steady, random } = opened
  const outgoing = makeOutgoing(opened, config, before)
  const lookups = { config, steady, log }
  return {
    ...opened,
    ...outgoing,
    config,
    reloads,
    issuer: config.issuer,
    lifetimes: config.lifetimes,
    clients: clientRegistry(config.clients, [
      registeredClients({ ...lookups, store: storage.registeredClients, secrets: opened.clientSecrets, clock }),
      clientIdDocuments({ ...lookups, egress: outgoing.egress }),
    ]),
    apis: apisByAudience(config.apis),
    // A new one has a queue of its own, so for a moment twice as much may be hashed: only when it has to be.
    passwords: isSame(config, before, 'passwordHashing')
      ? before.deps.passwords
      : opened.telemetry.passwords(passwordHasher(config.passwordHashing, { clock, random }), config.passwordHashing),
    guesses: guesses({ config, storage, devices: opened.devices, key: opened.throttlingKey, clock }),
    // What it has counted so far counts on.
    limits: isSame(config, before, 'throttling') ? before.deps.limits : limits(config.throttling, steady),
    cookies: browserCookies(config.issuer),
    mailer: mailer({ ...opened, config, deliveries: () => opened.deliveries }),
  }
}

/** What goes out, and what it has brought back so far. */
function makeOutgoing(
  { clock, log, telemetry }: Opened,
  config: Config,
  before: Version | undefined,
): Pick<Deps, 'egress' | 'clientKeys' | 'referencedRequests'> {
  if (isSame(config, before, 'egress')) return before.deps
  const egress = telemetry.egress(createEgress({ policy: egressPolicy(config) }))
  return {
    egress,
    clientKeys: clientKeys({ egress, clock, log }),
    referencedRequests: referencedRequests({ egress, clock }),
  }
}

const isSame = (config: Config, before: Version | undefined, part: keyof Config): before is Version =>
  before !== undefined && isDeepStrictEqual(config[part], before.config[part])
