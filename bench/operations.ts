/** The operations that are measured: what each needs beforehand, one request of it, and what proves its answers. */
import { type Browser, signOn } from './browser.ts'
import { AUDIENCE, type Client, type Clients, REDIRECT_URI } from './clients.ts'
import type { Connection } from './http-connection.ts'
import {
  authorizationPath,
  authorize,
  clientCredentials,
  discover,
  introspect,
  redeem,
  refresh,
  type Target,
  type Tokens,
  userinfo,
} from './target.ts'

export interface World {
  readonly target: Target
  readonly clients: Clients
  readonly browsers: readonly Browser[]
  readonly connections: readonly Connection[]
}

/** Requests of one operation that are ready to be made. */
export interface Batch {
  /** Makes one request and checks its answer; false when none is left. */
  step(connection: Connection): Promise<boolean>
  /** Afterwards, unmeasured: what one answer alone cannot show. */
  prove(): Promise<void>
}

export interface Operation {
  readonly name: string
  readonly title: string
  prepare(world: World): Promise<Batch>
}

/** Of one batch. Few enough for oidc-provider's memory, which forgets all but the last thousand things or so. */
const CODES = 192
/** One code in so many is redeemed when it was authorizing that was measured. */
const PROOF = 8

/** A line of inputs; what `send` gives goes to its end, to be used again. */
function batch<Input>(
  inputs: readonly Input[],
  send: (connection: Connection, input: Input) => Promise<Input | undefined>,
  prove: (line: readonly Input[]) => Promise<void> = async () => {},
): Batch {
  const line = [...inputs]
  return {
    async step(connection) {
      const input = line.shift()
      if (input === undefined) return false
      const again = await send(connection, input)
      if (again !== undefined) line.push(again)
      return true
    },
    prove: () => prove(line),
  }
}

/** Every input once, over all connections. */
async function each<Input, Output>(
  { connections }: World,
  inputs: readonly Input[],
  send: (connection: Connection, input: Input) => Promise<Output>,
): Promise<readonly Output[]> {
  const outputs: Output[] = []
  const work = batch(inputs, async (connection, input) => {
    outputs.push(await send(connection, input))
    return undefined
  })
  await Promise.all(
    connections.map(async (connection) => {
      while (await work.step(connection));
    }),
  )
  return outputs
}

/** Every browser is signed in at the client, which oidc-provider's memory may have forgotten. */
async function signEverybodyOn(world: World, client: Client): Promise<void> {
  const path = authorizationPath(world.target, client, 'sign-on')
  await each(world, world.browsers, (connection, browser) =>
    signOn(browser, connection, { path, destination: REDIRECT_URI }),
  )
}

const visits = ({ browsers }: World, count: number): readonly Browser[] =>
  Array.from({ length: count }, (_, at) => browsers[at % browsers.length] ?? []).flat()

async function codesFor(world: World, client: Client, count: number): Promise<readonly string[]> {
  await signEverybodyOn(world, client)
  return each(world, visits(world, count), (connection, browser) =>
    authorize(world.target, connection, client, browser),
  )
}

async function tokensFor(world: World, client: Client, count: number): Promise<readonly Tokens[]> {
  const codes = await codesFor(world, client, count)
  return each(world, codes, (connection, code) => redeem(world.target, connection, { client, code }))
}

const authorizeBatch = async (world: World, client: Client): Promise<Batch> => {
  await signEverybodyOn(world, client)
  const codes: string[] = []
  return batch(
    visits(world, CODES),
    async (connection, browser) => {
      codes.push(await authorize(world.target, connection, client, browser))
      return undefined
    },
    async () => {
      const some = codes.filter((_, at) => at % PROOF === 0)
      await each(world, some, (connection, code) => redeem(world.target, connection, { client, code }))
    },
  )
}

const redeemBatch = async (world: World, client: Client): Promise<Batch> => {
  let last: Tokens | undefined
  return batch(
    await codesFor(world, client, CODES),
    async (connection, code) => {
      last = await redeem(world.target, connection, { client, code })
      return undefined
    },
    async () => {
      if (last) await world.target.verify(last.id, client.id)
    },
  )
}

const refreshBatch = async (world: World, client: Client): Promise<Batch> =>
  batch(
    await tokensFor(world, client, world.browsers.length),
    (connection, tokens) => refresh(world.target, connection, client, tokens),
    async ([tokens]) => {
      if (tokens) await world.target.verify(tokens.id, client.id)
    },
  )

const credentialsBatch = async ({ target, connections }: World, client: Client): Promise<Batch> => {
  let last = ''
  return batch(
    connections,
    async (connection, place) => {
      last = await clientCredentials(target, connection, client)
      return place
    },
    () => target.verify(last, AUDIENCE),
  )
}

const withTokens = async (
  world: World,
  ask: (connection: Connection, tokens: Tokens) => Promise<void>,
): Promise<Batch> =>
  batch(await tokensFor(world, world.clients.appRs256, world.browsers.length), async (connection, tokens) => {
    await ask(connection, tokens)
    return tokens
  })

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'authorize',
    title: 'authorize with a session → code',
    prepare: (world) => authorizeBatch(world, world.clients.appRs256),
  },
  {
    name: 'code-rs256',
    title: 'code → tokens, RS256 ID token',
    prepare: (world) => redeemBatch(world, world.clients.appRs256),
  },
  {
    name: 'code-es256',
    title: 'code → tokens, ES256 ID token',
    prepare: (world) => redeemBatch(world, world.clients.appEs256),
  },
  {
    name: 'refresh',
    title: 'refresh, rotating, RS256 ID token',
    prepare: (world) => refreshBatch(world, world.clients.appRs256),
  },
  {
    name: 'client-credentials-rs256',
    title: 'client_credentials, RS256 JWT',
    prepare: (world) => credentialsBatch(world, world.clients.serviceRs256),
  },
  {
    name: 'client-credentials-es256',
    title: 'client_credentials, ES256 JWT',
    prepare: (world) => credentialsBatch(world, world.clients.serviceEs256),
  },
  {
    name: 'userinfo',
    title: 'userinfo',
    prepare: (world) => withTokens(world, (connection, tokens) => userinfo(world.target, connection, tokens)),
  },
  {
    name: 'introspection',
    title: 'introspection',
    prepare: (world) =>
      withTokens(world, (connection, tokens) => introspect(world.target, connection, world.clients.appRs256, tokens)),
  },
  {
    name: 'discovery',
    title: 'discovery',
    prepare: async ({ target, connections }) =>
      batch(connections, async (connection, place) => {
        await discover(target, connection)
        return place
      }),
  },
]
