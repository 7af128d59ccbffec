/** A shorter text would blank out half of a message, and is no secret worth the name. */
const MIN_LENGTH = 4

/**
 * A text with the secrets taken out, in whatever form they show: as they are, as a part of a URL, and of a URL that is a secret
 * its path too, which servers like to repeat in what they answer.
 */
export function hideSecrets(text: string, secrets: Iterable<string>): string {
  const forms = [...secrets]
    .flatMap(formsOf)
    .filter((form) => form.length >= MIN_LENGTH)
    .sort((a, b) => b.length - a.length)
  return forms.reduce((shown, form) => shown.replaceAll(form, '<secret>'), text)
}

function formsOf(secret: string): string[] {
  const forms = [secret, encodeURIComponent(Buffer.from(secret).toString('utf8'))]
  if (!/^https?:\/\//i.test(secret) || !URL.canParse(secret)) return forms
  const { href, pathname, search, username, password } = new URL(secret)
  return [...forms, href, `${pathname}${search}`, pathname, search, username, password]
}
