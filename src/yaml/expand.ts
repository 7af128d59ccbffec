/** What `${…}` is replaced from. */
export interface ExpansionSource {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The text of a file named by `${file:PATH}`; throws when it cannot be read. */
  readonly readFile: (path: string) => string
}

export interface Expanded {
  readonly text: string
  /** True when a variable or file was put in, so that `${PORT}` may be read as a number. */
  readonly isChanged: boolean
  /** What cannot be expanded; the text is then not to be used. */
  readonly errors: readonly string[]
  /** True when `$$` stood where it escapes nothing, so that a person may be told that one `$` remains. */
  readonly hasBareEscape: boolean
}

const PLACE =
  /\$\$(\{?)|\$\{(?:file:([^}]*)|(?:env:([A-Za-z_][A-Za-z0-9_]*)|([A-Z_][A-Z0-9_]*))(?::-([^}]*))?)\}/g

/**
 * Expands one scalar: `${VAR}`, `${VAR:-default}` (taken when VAR is unset or empty, as in a shell) for names of the form
 * `[A-Z_][A-Z0-9_]*`, the collector's `${env:NAME}` for any name, and `${file:PATH}` where `isSecret`; `$$` stands for one `$`. Anything else that looks alike (`$VAR`,
 * `${1}`, `${name}`) is left as it is: it belongs to regular expressions and templates. What is put in is not expanded again.
 */
export function expandText(text: string, source: ExpansionSource, isSecret: boolean): Expanded {
  const errors: string[] = []
  let isChanged = false
  let hasBareEscape = false
  const expanded = text.replace(
    PLACE,
    (all, brace?: string, path?: string, prefixed?: string, plain?: string, fallback?: string) => {
      if (brace !== undefined) {
        if (brace === '') hasBareEscape = true
        return `$${brace}`
      }
      isChanged = true
      if (path !== undefined) return expandFile(path, source, isSecret, errors)
      const name = prefixed ?? plain
      const value = name === undefined ? undefined : source.env[name]
      if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
      if (value !== undefined) return value
      errors.push(
        `the environment variable ${name} is not set; set it, give a default with \${${name}:-…}, or write $${all} for the text itself`,
      )
      return ''
    },
  )
  return { text: expanded, isChanged, errors, hasBareEscape }
}

function expandFile(
  path: string,
  source: ExpansionSource,
  isSecret: boolean,
  errors: string[],
): string {
  if (!isSecret) {
    errors.push('${file:…} is allowed for passwords, tokens and keys only')
    return ''
  }
  try {
    // A file written with an editor or `echo` ends with a newline that is not part of the secret.
    return source.readFile(path).replace(/\r?\n$/, '')
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    errors.push(`cannot read the secret's file ${JSON.stringify(path)}: ${reason}`)
    return ''
  }
}
