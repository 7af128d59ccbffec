const SECRET_NAME =
  /passw(?:or)?d|passphrase|secret|token|credential|authorization|cookie|api_?key|private_?key|session_?id/i

/** Names that speak of a secret but hold where it lies, or how many there are. */
const HARMLESS_NAME = /(?:_file|_path|_name|_count|_total|_url)$/i

const REPLACED = '<secret>'

/**
 * The text of a field as it may be logged: all of it replaced when the name of the field speaks of a secret, otherwise with
 * passwords in URLs, `Authorization` values and secret query parameters replaced. Prometheus writes `<secret>` likewise.
 */
export function redact(name: string, text: string): string {
  if (text === '') return text
  if (SECRET_NAME.test(name) && !HARMLESS_NAME.test(name)) return REPLACED
  return redactText(text)
}

/** Replaces credentials that stand inside a text. */
function redactText(text: string): string {
  if (!/[@=:]|bearer|basic/i.test(text)) return text
  return text
    .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#@]{1,512}@/gi, `$1${REPLACED}@`)
    .replace(/\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}/gi, `$1 ${REPLACED}`)
    .replace(
      /\b((?:access_|auth_)?token|password|passwd|secret|api_?key|client_secret)=[^\s&"']+/gi,
      `$1=${REPLACED}`,
    )
}
