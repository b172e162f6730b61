/** Who was sent to a provider, and came back. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { UpstreamProvider } from '../../config/upstream-provider.ts'
import type { UpstreamRequest } from '../../storage/storage.ts'
import type { UpstreamAnswer } from '../../upstream/openid.ts'

export interface Back {
  readonly provider: UpstreamProvider
  readonly sent: UpstreamRequest
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** What the provider says; rejects with `UpstreamError`. To be asked for once. */
  ask(): Promise<UpstreamAnswer>
}
