/** How a client is told that a session has ended: OpenID Connect Back-Channel Logout §2.2, Front-Channel Logout §2. */
import { flag, webUri } from './kinds.ts'

export const clientLogout = {
  backchannel_logout_uri: webUri(
    'Where its server is told that a session has ended; tried again for a day (`countersign deliveries`). A host that is not ' +
      'public must be in `egress.allowed_hosts`.',
    'https://wiki.example.com/backchannel-logout',
  ),
  backchannel_logout_session_required: flag('Whether it must be told which session (`sid`). It always is.', false),
  frontchannel_logout_uri: webUri(
    'A page of it that the browser opens, unseen, when the person signs out; on the scheme, host and port of a redirect URI.',
    'https://wiki.example.com/frontchannel-logout',
  ),
  frontchannel_logout_session_required: flag('Whether that page gets `iss` and `sid`.', false),
}
