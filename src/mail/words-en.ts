/**
 * The texts of the mails. A paragraph that is `{code}` or `{link}` alone becomes a large code or a button with the words of
 * `….button`; `{name}` is whose login this is.
 */
export const WORDS_EN = {
  'mail.verify_email.subject': 'Confirm your e-mail address for {name}',
  'mail.verify_email.body': `At {name} somebody gave this address. To confirm that it is yours, type this code on the page that asked for it:

{code}

You can also open this page, on any device:

{link}

The code is good for 10 minutes, the link for a day. It was asked for with {device} on {at}.

If that was not you, do nothing: without you nobody can use your address here.`,
  'mail.verify_email.button': 'Confirm this address',

  'mail.reset_password.subject': 'A new password for {name}',
  'mail.reset_password.body': `At {name} somebody asked for a new password for your account {username}. Type this code on the page that asked for it:

{code}

You can also open this page, on any device, and choose the new password there:

{link}

The code is good for 10 minutes, the link for an hour. It was asked for with {device} on {at}.

If that was not you, do nothing: your password stays as it is. Never tell anybody the code.`,
  'mail.reset_password.button': 'Choose a new password',

  'mail.reset_unknown.subject': 'No account with this address at {name}',
  'mail.reset_unknown.body': `At {name} somebody asked for a new password with this address, but no account has it.

If that was you, try the other addresses that you use. It was asked for with {device} on {at}.

If that was not you, do nothing: nobody can sign in with your address.`,

  'mail.invitation.subject': 'You are invited to {name}',
  'mail.invitation.body': `You are invited to {name}, to have an account there. Open this page to set it up:

{link}

The link is good for 7 days, and once.

If you did not expect this, do nothing: without you no account is made.`,
  'mail.invitation.button': 'Set up your account',

  'mail.new_device.subject': 'A new sign-in to your account at {name}',
  'mail.new_device.body': `Your account {username} was signed in to with {device}, which has not been seen with it before, on {at}.

If that was you, there is nothing to do.

If that was not you, somebody knows your password. Open your account, end that session and choose another password:

{link}`,
  'mail.new_device.button': 'Look at your account',

  'mail.factor_changed.subject': 'Your ways to sign in at {name} were changed',
  'mail.factor_changed.body': `The ways to sign in to your account {username} at {name} were changed on {at}, with {device}: {what}

If that was you, there is nothing to do.

If that was not you, somebody else has been in your account. Open it, end the sessions that are not yours and undo the change:

{link}`,
  'mail.factor_changed.button': 'Look at your account',

  'mail.password_changed.subject': 'Your password at {name} was changed',
  'mail.password_changed.body': `The password of your account {username} at {name} was changed on {at}, with {device}.

If that was you, there is nothing to do.

If that was not you, take your account back at once with a new password:

{link}`,
  'mail.password_changed.button': 'Choose a new password',

  'mail.family_revoked.subject': 'Somebody may have been in your account at {name}',
  'mail.family_revoked.body': `On {at} somebody came to {name} with a key to your account {username} that had been used before: a copy of what {client} keeps for you. So everything that {client} had was ended, and you will have to sign in there again.

Often it is a fault of the app. It may also be that somebody has copied it from your device. Look at your account, and end the sessions that are not yours:

{link}`,
  'mail.family_revoked.button': 'Look at your account',

  'mail.account_removed.subject': 'Your account at {name} was removed',
  'mail.account_removed.body': `Your account {username} at {name} was removed on {at}, with all that was kept about you there.

Apps that you signed in to with it may have something of their own: ask them.

If that was not you, write to those who run {name} at once.`,

  'mail.test.subject': 'A test of the mails from {name}',
  'mail.test.body': `This mail was sent by “countersign mail test” on {at}. It has arrived, so mails from {name} can.`,
} as const

export type MailWordKey = keyof typeof WORDS_EN
