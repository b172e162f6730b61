/** The configuration file, described once: reading, defaults, faults, docs/configuration.md and config.schema.json follow from it. */

import type { Static } from 'typebox'
import { account } from './schema/account.ts'
import { admin } from './schema/admin.ts'
import { api } from './schema/api.ts'
import { audit } from './schema/audit.ts'
import { brand } from './schema/brand.ts'
import { client } from './schema/client.ts'
import type { SchemaNode } from './schema/kinds.ts'
import { lifetimes } from './schema/lifetimes.ts'
import { mail } from './schema/mail.ts'
import { passkeys } from './schema/passkeys.ts'
import { passwords } from './schema/passwords.ts'
import { recovery } from './schema/recovery.ts'
import { refusals } from './schema/refusals.ts'
import { clientIdMetadataDocuments, registration } from './schema/registration.ts'
import { secondFactor } from './schema/second-factor.ts'
import {
  database,
  egress,
  implicitFlow,
  issuer,
  keys,
  listen,
  log,
  name,
  notifications,
  passwordHashing,
  sessionManagement,
  trustedProxies,
} from './schema/server.ts'
import { signUp } from './schema/sign-up.ts'
import { metrics, tracing } from './schema/telemetry.ts'
import { throttling } from './schema/throttling.ts'
import Type from './schema/type.ts'
import { upstream } from './schema/upstream.ts'
import { languages, texts } from './schema/words.ts'

const configFile = Type.Object(
  {
    issuer,
    name,
    brand,
    languages,
    texts,
    listen,
    trusted_proxies: trustedProxies,
    database,
    keys,
    lifetimes,
    session_management: sessionManagement,
    implicit_flow: implicitFlow,
    password_hashing: passwordHashing,
    passwords,
    second_factor: secondFactor,
    passkeys,
    account,
    throttling,
    egress,
    log,
    refusals,
    admin,
    audit,
    metrics,
    tracing,
    registration,
    client_id_metadata_documents: clientIdMetadataDocuments,
    notifications,
    mail,
    recovery,
    sign_up: signUp,
    upstream: Type.Array(upstream, {
      description:
        'OpenID Connect providers that people may sign in with instead of a password; docs/upstream.md has recipes.',
      default: [],
    }),
    apis: Type.Array(api, {
      description: 'Your APIs, as far as there is something to say of them; any name may be an audience without it.',
      default: [],
    }),
    clients: Type.Array(client, { description: 'The apps and APIs that sign people in here.', default: [] }),
  },
  {
    title: 'Countersign configuration',
    description: 'The configuration file of Countersign.',
    additionalProperties: false,
  },
)

/** The file with its defaults filled in; texts are still texts. */
export type ConfigFile = Static<typeof configFile>
export type UpstreamEntry = ConfigFile['upstream'][number]
export type ApiEntry = ConfigFile['apis'][number]
export type ClientEntry = ConfigFile['clients'][number]

/** The same as plain JSON Schema, for walking. */
export const CONFIG_SCHEMA = configFile as SchemaNode

/** What could be read of a file with faults: anything may be missing. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? readonly (Draft<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
    : T

/** A key must be there unless it is optional, has a default, or is a section. */
export const isRequired = (parent: SchemaNode, key: string): boolean =>
  (parent.required?.includes(key) ?? false) && parent.properties?.[key]?.default === undefined
