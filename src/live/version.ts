/** All that is made from one configuration: what its application may reach, and the application. */
import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { passwordHasher } from '../accounts/authenticators/password.ts'
import { createApp } from '../app.ts'
import { logoutDelivery } from '../authorization/logout-delivery.ts'
import { tellingOwners } from '../authorization/owner-notices.ts'
import { securityNoticeDelivery } from '../authorization/security-notice-delivery.ts'
import { clientIdDocuments, type DocumentCache, documentCache, documentRules } from '../clients/client-id-documents.ts'
import { clientKeys } from '../clients/client-keys.ts'
import { referencedRequests } from '../clients/referenced-requests.ts'
import { registeredClients } from '../clients/registered-clients.ts'
import { clientRegistry } from '../clients/registry.ts'
import type { Config } from '../config/config.ts'
import type { Kind } from '../deliveries/deliverer.ts'
import type { Deps } from '../deps.ts'
import { createEgress, type Egress, egressPolicy } from '../egress/egress.ts'
import { browserCookies } from '../http/browser.ts'
import { mailDelivery } from '../mail/mail-delivery.ts'
import { mailer } from '../mail/mailer.ts'
import { apisByAudience } from '../protocol/api.ts'
import type { DeliveryKind } from '../storage/storage.ts'
import { guesses } from '../throttling/guesses.ts'
import { limits } from '../throttling/limits.ts'
import { upstreams } from '../upstream/providers.ts'
import { openWords } from '../words/words.ts'
import type { Opened } from './opened.ts'

export interface Version {
  readonly config: Config
  readonly revision: string
  readonly deps: Deps
  readonly app: FastifyInstance
  readonly kinds: Readonly<Record<DeliveryKind, Kind>>
  readonly documents: DocumentCache
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
  const outgoing = makeOutgoing(opened, making)
  const documents = makeDocuments(opened, making, outgoing)
  const deps = makeDeps(opened, making, { ...outgoing, documents })
  const app = await createApp(deps, opened.log)
  await app.ready()
  return { config, revision, deps, app, kinds: deliveryKinds(deps), documents }
}

/** What sends what is in the outbox. */
export const deliveryKinds = (deps: Deps): Readonly<Record<DeliveryKind, Kind>> => ({
  logout: logoutDelivery(deps),
  security_notice: securityNoticeDelivery(deps),
  mail: mailDelivery(deps),
})

function makeDeps(
  opened: Opened,
  { config, reloads, before }: Making,
  { documents, ...outgoing }: Outgoing & { documents: DocumentCache },
): Deps {
  const { storage, log, clock, steady, random } = opened
  const registered = { config, steady, log, store: storage.registeredClients, secrets: opened.clientSecrets, clock }
  const mails = mailer({ ...opened, config, deliveries: () => opened.deliveries })
  return {
    ...opened,
    ...outgoing,
    config,
    reloads,
    issuer: config.issuer,
    lifetimes: config.lifetimes,
    clients: clientRegistry(config.clients, [registeredClients(registered), clientIdDocuments(config, documents)]),
    apis: apisByAudience(config.apis),
    passwords: opened.telemetry.passwords(
      passwordHasher(config.passwordHashing, { clock, random, queue: opened.hashing }),
    ),
    guesses: guesses({ config, storage, devices: opened.devices, key: opened.throttlingKey, clock }),
    // What it has counted so far counts on.
    limits: isSame(config, before, 'throttling') ? before.deps.limits : limits(config.throttling, steady),
    cookies: browserCookies(config.issuer),
    words: openWords(config),
    mailer: mails,
    audit: tellingOwners({ ...opened, config, mailer: mails }, log),
  }
}

type Outgoing = Pick<Deps, 'egress' | 'clientKeys' | 'referencedRequests' | 'upstream'>

/** What goes out, and what it has brought back so far. */
function makeOutgoing({ clock, log, telemetry }: Opened, { config, before }: Making): Outgoing {
  const makeUpstream = (egress: Egress) => upstreams({ providers: config.upstream, egress, clock })
  if (isSame(config, before, 'egress')) {
    const { egress, clientKeys, referencedRequests, upstream } = before.deps
    const same = isSame(config, before, 'upstream')
    return { egress, clientKeys, referencedRequests, upstream: same ? upstream : makeUpstream(egress) }
  }
  const egress = telemetry.egress(createEgress({ policy: egressPolicy(config) }))
  return {
    egress,
    upstream: makeUpstream(egress),
    clientKeys: clientKeys({ egress, clock, log }),
    referencedRequests: referencedRequests({ egress, clock }),
  }
}

/** To fetch all of them anew would make people wait just after a change that has nothing to do with them. */
function makeDocuments({ steady, log }: Opened, { config, before }: Making, { egress }: Outgoing): DocumentCache {
  if (before && isDeepStrictEqual(documentRules(config), documentRules(before.config))) return before.documents
  // Not the whole of it: what is taken over would keep it in memory.
  const { clientIdMetadataDocuments, lifetimes, keys } = config
  return documentCache({ config: { clientIdMetadataDocuments, lifetimes, keys }, egress, steady, log })
}

const isSame = (config: Config, before: Version | undefined, part: keyof Config): before is Version =>
  before !== undefined && isDeepStrictEqual(config[part], before.config[part])
