/** The span of the request that is being answered, and spans below it. */
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { EgressError } from '../../egress/egress-error.ts'

/** A request that is traced. */
export interface Traced {
  readonly span: Span
  /** It was answered: what still goes on is no part of it. */
  isOver: boolean
}

export interface Spans {
  /** Undefined: this one is not sampled. */
  begin(name: string, attributes: Attributes, parent: Context): Traced | undefined
  /** Runs `work`, and all that follows from it, as a part of the request. */
  run(traced: Traced, work: () => void): void
  /** Does `work` in a span below that of the request; where there is none, just does it. What it rejects with goes on. */
  below<T>(name: string, of: { kind: SpanKind; attributes: Attributes }, work: () => Promise<T>): Promise<T>
  current(): Traced | undefined
}

export function spans(tracer: Tracer): Spans {
  const storage = new AsyncLocalStorage<Traced>()
  const current = (): Traced | undefined => {
    const traced = storage.getStore()
    return traced?.isOver ? undefined : traced
  }
  return {
    current,
    begin(name, attributes, parent) {
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent)
      return span.isRecording() ? { span, isOver: false } : undefined
    },
    run: (traced, work) => storage.run(traced, work),
    below(name, { kind, attributes }, work) {
      const parent = current()
      if (parent === undefined) return work()
      const span = tracer.startSpan(name, { kind, attributes }, trace.setSpan(ROOT_CONTEXT, parent.span))
      return finish(span, work)
    },
  }
}

async function finish<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    fail(span, nameOf(error))
    throw error
  } finally {
    span.end()
  }
}

/** Never the message: it may hold what somebody sent. */
export function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

const nameOf = (error: unknown): string =>
  error instanceof EgressError ? error.reason : error instanceof Error ? error.name : typeof error
