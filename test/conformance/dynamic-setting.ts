/** A run whose clients register themselves. */
import { type Registered, type Registering, register } from './registration.ts'
import type { Mode } from './run.ts'
import { type ServedSetting, serving } from './setting.ts'
import { documentedConfig, type SuiteClient, suiteSite } from './site.ts'

export interface DynamicSetting extends ServedSetting {
  register(more?: Partial<Registering>): Promise<Registered>
}

interface DynamicOptions {
  readonly mode?: Mode
  readonly authentication?: SuiteClient['authentication']
}

/** To be called inside a `describe`: each module registers its own clients, whose server is on a port. */
export function dynamicClients(options: DynamicOptions = {}): DynamicSetting {
  const { mode = 'query', authentication = 'client_secret_basic' } = options
  const { server, base } = serving()
  const { registration, implicitFlow } = documentedConfig()
  const started = suiteSite(() => ({ config: { registration, implicitFlow }, egress: server().egress }))
  const registered = (more: Partial<Registering> = {}): Promise<Registered> =>
    register(started(), { redirectUri: `${base()}/callback`, authentication, ...more })
  return {
    ...{ mode, responseType: 'code', started, server, base, register: registered },
    first: (changes = {}) => registered({ changes }),
    second: (changes = {}) => registered({ changes }),
    posting: () => registered({ authentication: 'client_secret_post' }),
  }
}
