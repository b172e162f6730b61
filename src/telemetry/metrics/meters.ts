/** Every number of ours that is counted as things happen: its name, its words, its labels. docs/metrics.md lists them all. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** No label has a value that strangers choose, so there are never more series than the configuration has room for. */
export type Meters = ReturnType<typeof meters>

/** From a token (milliseconds) to a sign-in that waited for its turn to be hashed. */
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const HASHING_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function meters(registry: Registry) {
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter<Label>({ name: `countersign_${name}_total`, help, labelNames: [...labelNames], registers })
  const gauge = (name: string, help: string) => new Gauge({ name: `countersign_${name}`, help, registers })
  return {
    signIns: counter('sign_ins', 'Passwords that were sent, by what became of them', ['outcome']),
    secondFactors: counter('second_factors', 'Codes of second factors that were sent, by what became of them', [
      'outcome',
    ]),
    signUps: counter('sign_ups', 'Accounts that people made for themselves', ['by']),
    passkeys: counter('passkeys', 'Answers of passkeys that were sent, by what became of them', ['as', 'outcome']),
    signOns: counter('sign_ons', 'Codes that apps got, and whether the person had to do something for it', [
      'client',
      'page',
    ]),
    signOuts: counter('sign_outs', 'Sessions ended by people', ['kind']),
    tokens: counter('tokens', 'Answers with tokens', ['grant_type', 'client']),
    revocations: counter('grants_revoked', 'Sign-ons whose tokens were ended early', ['because']),
    refusals: counter('refusals', 'Requests that were refused, by the check that failed', ['check', 'endpoint']),
    throttled: counter('throttled', 'Requests turned away because there were too many', ['what', 'by']),
    requests: new Histogram({
      ...{
        name: 'countersign_http_request_seconds',
        help: 'Requests, from the first byte to the last of the answer',
        registers,
      },
      labelNames: ['route', 'method', 'status'],
      buckets: REQUEST_SECONDS,
    }),
    hashing: new Histogram({
      ...{ name: 'countersign_hashing_seconds', help: 'Password hashes, with the wait for their turn', registers },
      buckets: HASHING_SECONDS,
    }),
    hashingUnderWay: gauge('hashing_under_way', 'Password hashes under way'),
    hashingWaiting: gauge('hashing_waiting', 'Password hashes that wait for their turn'),
    hashingRefused: counter('hashing_refused', 'Password hashes refused because too many waited'),
    deliveries: counter('deliveries', 'Attempts to deliver what is in the outbox', ['kind', 'outcome']),
    outages: counter('database_outages', 'Times that the database went away'),
  }
}
