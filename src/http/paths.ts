/** Where the pages are, below the issuer. The endpoints' paths are in protocol/discovery.ts. */

export const PAGES = {
  home: '/',
  signIn: '/sign-in',
  brand: '/brand',
  signOut: '/sign-out',
  signOutEverywhere: '/sign-out-everywhere',
  signedOut: '/signed-out',
  notices: '/notices',
  /** Below it: where providers send people back to. */
  upstream: '/upstream',
  /** Below it: what is in mails. */
  code: '/code',
  /** Below it: the ends of links in invitations. */
  invitation: '/invitation',
  admin: '/admin',
  account: '/account',
  /** Those of this browser. */
  accounts: '/accounts',
  profile: '/account/profile',
  password: '/account/password',
  sessions: '/account/sessions',
  totp: '/account/totp',
  accountApps: '/account/apps',
  accountActivity: '/account/activity',
  passkeys: '/account/passkeys',
  passkeysScript: '/passkeys.js',
  email: '/account/email',
  linked: '/account/linked',
  accountData: '/account/data',
  accountRemove: '/account/remove',
  accountRemoved: '/account/removed',
} as const

/** The path of the issuer, without a slash at its end: what every route of ours begins with. */
export const issuerPath = (issuer: string): string => new URL(issuer).pathname.replace(/\/$/, '')

export const pathBelow = (issuer: string, path: string): string => `${issuerPath(issuer)}${path}`
