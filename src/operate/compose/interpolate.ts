/** How a variable of a compose file is replaced (https://docs.docker.com/reference/compose-file/interpolation/). */
const PLACE = /\$\$|\$\{([A-Za-z_]\w*)(?:(:?[-?+])((?:[^{}]|\{[^{}]*\})*))?\}|\$([A-Za-z_]\w*)/g

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Replaces `$VAR`, `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:+other}`, `${VAR:?message}`; `$$` is a `$`. A variable
 * that is not set is an empty text, as there; one that has to be set (`?`) is told to `onMissing`.
 */
export function interpolate(
  text: string,
  env: Environment,
  onMissing?: (name: string, message: string) => void,
): string {
  return text.replace(
    PLACE,
    (all, braced?: string, operator?: string, rest: string = '', bare?: string) => {
      if (all === '$$') return '$'
      const name = braced ?? bare ?? ''
      const value = env[name]
      const isThere = value !== undefined && (value !== '' || operator?.startsWith(':') !== true)
      if (operator?.endsWith('-') === true)
        return isThere ? value : interpolate(rest, env, onMissing)
      if (operator?.endsWith('+') === true) return isThere ? interpolate(rest, env, onMissing) : ''
      if (operator?.endsWith('?') === true && !isThere)
        onMissing?.(name, interpolate(rest, env, onMissing))
      return value ?? ''
    },
  )
}

/**
 * The same text with its variables as vedette.yml writes them, so that secrets stay where they are; undefined where that cannot be
 * said (`$VAR` of small letters, `:+`).
 */
export function keepVariables(text: string): string | undefined {
  let isPossible = true
  const kept = text.replace(
    PLACE,
    (all, braced?: string, operator?: string, rest: string = '', bare?: string) => {
      if (all === '$$') return '$'
      const name = braced ?? bare ?? ''
      if (!/^[A-Z_][A-Z0-9_]*$/.test(name)) isPossible = false
      if (operator === undefined || operator.endsWith('?')) return `\${${name}}`
      if (operator !== ':-' && operator !== '-') isPossible = false
      if (/[${}]/.test(rest)) isPossible = false
      return `\${${name}:-${rest}}`
    },
  )
  return isPossible ? kept : undefined
}
