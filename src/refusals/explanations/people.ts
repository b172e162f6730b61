/** What it means when nobody is there to answer, or who is there is not let on. */
import type { Explained } from './index.ts'

export const ofPeople = {
  session: {
    failed: 'The app asked without any page (prompt=none), and nobody is signed in in that browser.',
    todo: 'This is how apps find out that they have to send the person here: the app should ask again without prompt=none.',
  },
  session_age: {
    failed: 'The app asked without any page (prompt=none), and the sign-in is older than its max_age allows.',
    todo: 'Ask again without prompt=none, or with a greater max_age (`default_max_age` in the client’s entry counts, too).',
  },
  acr: {
    failed: 'The app insists on a kind of sign-in (acr) that there was not, or is not here.',
    todo: 'Ask for `aal1`, `aal2` or, where there are passkeys, `phr` (docs/second-factor.md, docs/passkeys.md), or do not mark acr as essential. After prompt=none ask again without it: the person may be able to prove more.',
  },
  second_factor: {
    failed: 'The app asked without any page (prompt=none), and the person still has to prove a second factor.',
    todo: 'Ask again without prompt=none. Who needs one is said by `second_factor` in the configuration and in the client’s entry.',
  },
  second_factor_setup: {
    failed: 'The app asked without any page (prompt=none), and the person has no second factor and needs one.',
    todo: 'Ask again without prompt=none: the person sets it up on the way. Who needs one is said by `second_factor` in the configuration and in the client’s entry.',
  },
  id_token_hint: {
    failed: 'The id_token_hint is no ID token of ours, is encrypted, or was issued to another client.',
    todo: 'Send the ID token of the last sign-in as it came. Those of before a change of `issuer`, or of a key that was revoked since, are no hints: leave the hint out, and let the person sign in.',
  },
  account: {
    failed:
      'The person that the app asked for (id_token_hint, or sub in claims) is not signed in in this browser, but somebody else is.',
    todo: 'Sign in as the expected person, or leave the hint out; after prompt=none ask again without it.',
  },
  account_choice: {
    failed: 'The app asked without any page (prompt=none), and an account has to be chosen.',
    todo: 'Ask again without prompt=none.',
  },
  consent: {
    failed: 'The app asked without any page (prompt=none), and the person has not yet allowed it what it asks for.',
    todo: 'Ask once without prompt=none; or, when the app is your own, set `first_party: true` in its entry.',
  },
  denied: {
    failed: 'The person pressed “Cancel”, or did not allow it.',
    todo: 'Nothing: the app should say so and offer to try again.',
  },
  signed_out: {
    failed: 'The person signed out, in another tab perhaps, while the tokens were being made.',
    todo: 'Sign in again.',
  },
  password: {
    failed:
      'No account has this user name, or the password is another one. Which of the two is not kept. An e-mail address counts only when it is verified and belongs to one account alone.',
    todo: 'The person tries again, with the user name. `countersign account list` shows the user names, and which e-mail addresses are not verified; `countersign account set-password` sets a new password.',
  },
  otp: {
    failed: 'The code of the second factor was wrong, too old, or had been used already.',
    todo: 'The clocks of the phone and of this machine must agree to about half a minute. Who has lost the phone and the recovery codes needs `countersign account totp remove`.',
  },
  mailed_code: {
    failed: 'The code out of a mail was wrong, too old, of another mail, or had been used already.',
    todo: 'It is good for ten minutes and five tries, in the browser that asked for it. Another mail has another code.',
  },
  mailed_link: {
    failed:
      'The link out of a mail was used already, is too old, is not complete, or what it was for has changed since.',
    todo: 'Ask for another mail where that one was asked for. Some programs break long links into lines: then copy all of it.',
  },
  passkey: {
    failed:
      'What came from the passkey was not right: it is not known here, the page had been open for more than five minutes, or the signature, the domain or the counter did not fit. The audit event passkey_refused says which.',
    todo: 'The person tries again, or signs in another way. When no passkey works at all, compare `passkeys.rp_id` and the host of `issuer` with what they were when the passkeys were made. A passkey that is lost is taken away by `countersign account passkey remove`.',
  },
  account_disabled: {
    failed: 'The password was right, and the account is disabled.',
    todo: '`countersign account enable` enables it again.',
  },
  field: { failed: 'A field of the form was empty or unusable.', todo: 'Fill it in and send the form again.' },
  lost_cookie: {
    failed: 'The form came without the cookie of the browser that got it, so nothing was done with it.',
    todo: 'Allow cookies for the site of the issuer. Behind a proxy, see that it passes Set-Cookie and Cookie on, and that `issuer` has the scheme and host that the browser sees: over plain http a cookie of an https issuer is not kept.',
  },
  no_form_token: {
    failed:
      'The form came without its hidden field `csrf`, so nothing was done with it. The browser’s cookie is there: cookies are not to blame.',
    todo: 'If you have changed a template (views/), let each form in it have the field, as it came. Otherwise something posts without having read the page, a script or a scanner, or takes fields out on the way.',
  },
  form_token: {
    failed:
      'The form is not the one that this browser was given last for this page, so nothing was done with it. The cookie is there: cookies are not to blame.',
    todo: 'Send the form again from the page that is shown now. It was an old one: from before the cookies were deleted, of another tab, or out of a cache. If it happens to everybody, see that no proxy keeps pages (they say Cache-Control: no-store), nor puts one person’s cookies in place of another’s.',
  },
  cross_site: {
    failed: 'The browser says that another site sent our form (Sec-Fetch-Site, Origin).',
    todo: 'Compare the address that people see with `issuer`: both must have the same host. Otherwise somebody tried to trick a person.',
  },
  interaction: {
    failed: 'The sign-in page was made a long time ago, or its address is not complete.',
    todo: 'Start again at the app. Bookmarks should lead to the app, not to the sign-in page.',
  },
  interaction_answered: {
    failed:
      'What was asked was good for one answer (it was pushed or signed), and had been answered: by the back button, say.',
    todo: 'Start again at the app.',
  },
  username_taken: {
    failed: 'Somebody who makes an account chose a user name that another account has. Another one was proposed.',
    todo: 'Nothing: they choose another one.',
  },
  address_taken: {
    failed: 'Somebody has proven an address, and another account has it confirmed already, or as its user name.',
    todo: 'They sign in with that account, or choose a new password there. `countersign account list` shows who has the address; `countersign account unverify` takes it from who has lost it.',
  },
  sign_up_off: {
    failed: 'Somebody came with an invitation or in the middle of making an account, and `sign_up.mode` is off.',
    todo: 'Set `sign_up.mode`, or make the account with `countersign account add`.',
  },
  invitation: {
    failed: 'The invitation was used, taken back, is too old, or its link is not complete.',
    todo: '`countersign account invite list` shows those that are good; `countersign account invite ADDRESS` makes another.',
  },
  not_found: {
    failed: 'There is no page at this address.',
    todo: 'Correct the address; the discovery document has those for apps. The pages for admins are not there for accounts in none of `admin.groups`, nor while that is not set.',
  },
} satisfies Explained
