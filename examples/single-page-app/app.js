// A single-page app: a public client with PKCE. Its tokens are in this tab alone, and go when it is closed.
const { issuer, api } = await (await fetch('settings.json')).json()
const { UserManager, WebStorageStateStore } = window.oidc

const manager = new UserManager({
  authority: issuer,
  client_id: 'single-page-app',
  redirect_uri: `${location.origin}/`,
  post_logout_redirect_uri: `${location.origin}/`,
  scope: 'openid profile orders:read',
  loadUserInfo: true,
  userStore: new WebStorageStateStore({ store: sessionStorage }),
})

const element = (id) => document.getElementById(id)
element('sign-in').onclick = () => manager.signinRedirect()
element('sign-out').onclick = () => manager.signoutRedirect()

// Back from Countersign, with a code or a refusal: taken out of the address, so that a reload does not use it again.
if (new URLSearchParams(location.search).has('state')) {
  await manager.signinCallback().catch((error) => console.warn(error.message))
  history.replaceState(undefined, '', '/')
}

const user = await manager.getUser()
element('sign-in').hidden = user !== null
element('sign-out').hidden = user === null
element('who').textContent = user === null ? 'Nobody is signed in' : `Hello, ${user.profile.name}`
if (user !== null) await showOrders(user)

/** The access token is for the API; oidc-client-ts refreshes it before it is over. */
async function showOrders({ access_token }) {
  const answer = await fetch(`${api}/orders`, { headers: { authorization: `Bearer ${access_token}` } })
  const { orders = [] } = await answer.json()
  element('orders').replaceChildren(
    ...orders.map((order) => Object.assign(document.createElement('li'), { textContent: order })),
  )
}
