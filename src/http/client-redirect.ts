/** Sends an answer to a client's redirection URI, by query, fragment or form post. */
import type { FastifyReply } from 'fastify'
import { type ResponseFields, withFragment, withQuery } from '../protocol/authorization-response.ts'
import type { Client } from '../protocol/client.ts'
import type { RedirectTarget } from '../protocol/redirect-target.ts'
import { clientView } from './client-view.ts'
import { allowPage } from './security-headers.ts'
import type { WayToClientView } from './view-models.ts'
import { render } from './views.ts'

export interface ClientAnswer {
  readonly target: RedirectTarget
  readonly fields: ResponseFields
}

/** RFC 9700 §4.12: 303, so that a browser never posts a password on to the client. */
export async function redirectToClient(
  reply: FastifyReply,
  { target, fields, client, installation }: ClientAnswer & { client: Client; installation: string },
): Promise<FastifyReply> {
  switch (target.responseMode) {
    case 'query':
      return reply.redirect(withQuery(target.uri, fields), 303)
    case 'fragment':
      return reply.redirect(withFragment(target.uri, fields), 303)
    case 'form_post': {
      // OAuth 2.0 Form Post Response Mode §2
      allowPage(reply, target.uri)
      return render(reply, 'form-post', {
        installation,
        action: target.uri,
        fields: formFields(fields),
        client: clientView(client, reply.request.language),
      })
    }
  }
}

/** The same as something that a person can press. */
export function wayToClient({ target: { responseMode, uri }, fields }: ClientAnswer): WayToClientView {
  if (responseMode === 'form_post') return { action: uri, fields: formFields(fields) }
  return { action: (responseMode === 'query' ? withQuery : withFragment)(uri, fields), fields: undefined }
}

const formFields = (fields: ResponseFields) => Object.entries(fields).map(([name, value]) => ({ name, value }))
