/** What a process knows of itself, asked when somebody looks. */
import { X509Certificate } from 'node:crypto'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../base/clock.ts'
import { SECOND } from '../../base/duration.ts'
import type { Config } from '../../config/config.ts'
import type { ReloadState } from '../../config/reload-state.ts'

export interface Watched {
  readonly clock: Clock
  /** In force. */
  config(): Config
  reloads(): ReloadState
}

export interface Build {
  readonly version: string
  readonly node: string
}

export function stateGauges(registry: Registry, build: Build, { clock, config, reloads }: Watched): void {
  const registers = [registry]
  const name = (rest: string) => `countersign_${rest}`
  new Gauge({
    ...{
      name: name('build_info'),
      help: 'Always 1; which version runs on which Node.js',
      registers,
      aggregator: 'max',
    },
    labelNames: ['version', 'node'],
  }).set({ ...build }, 1)
  new Gauge({
    ...{
      name: name('config_info'),
      help: 'Always 1; the revision of the configuration in force',
      registers,
      aggregator: 'max',
    },
    labelNames: ['revision'],
    collect() {
      this.reset()
      this.set({ revision: reloads().revision }, 1)
    },
  })
  new Gauge({
    ...{
      name: name('config_age_seconds'),
      help: 'Since the configuration in force was applied',
      registers,
      aggregator: 'max',
    },
    collect() {
      this.set((clock.now() - reloads().since) / SECOND)
    },
  })
  new Gauge({
    ...{
      name: name('config_refused'),
      help: '1 while the files say what cannot be put in force',
      registers,
      aggregator: 'max',
    },
    collect() {
      const outcome = reloads().last?.outcome
      this.set(outcome === 'refused' || outcome === 'failed' ? 1 : 0)
    },
  })
  new Counter({
    // It is counted elsewhere.
    ...{
      name: name('config_reloads_total'),
      help: 'Times that the files were read again, by what became of it',
      registers,
      aggregator: 'sum',
    },
    labelNames: ['outcome'],
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(reloads().counts)) this.inc({ outcome }, count)
    },
  })
  new Gauge({
    ...{
      name: name('certificate_expires_in_seconds'),
      help: 'Of listen.tls; not there without',
      registers,
      aggregator: 'min',
    },
    collect() {
      this.reset()
      this.remove()
      const pem = config().listen.tls?.certificate
      if (pem !== undefined) this.set((new Date(new X509Certificate(pem).validTo).getTime() - clock.now()) / SECOND)
    },
  })
}
