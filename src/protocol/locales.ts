/** ui_locales: languages in the order in which they are preferred (OpenID Connect Core §3.1.2.1). */

/** BCP 47 tags (RFC 5646 §2.1) by their shape; no error, whatever else there is. */
export const parseLocales = (text: string | undefined): readonly string[] =>
  (text ?? '').split(' ').filter((tag) => /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(tag))
