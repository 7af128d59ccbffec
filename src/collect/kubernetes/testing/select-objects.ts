import { objectOf, textOf, type JsonObject } from '../../discovery/json-value.ts'

/** Whether an object is in a namespace ('' for all) and chosen by the selectors of a request. */
export function isSelected(object: JsonObject, namespace: string, query: URLSearchParams): boolean {
  const metadata = objectOf(object['metadata'])
  if (namespace !== '' && metadata['namespace'] !== namespace) return false
  const labels = objectOf(metadata['labels'])
  const fieldOf = (path: string): string => {
    let at: unknown = object
    for (const part of path.split('.')) at = objectOf(at)[part]
    return textOf(at)
  }
  return (
    holds(
      query.get('labelSelector') ?? '',
      (name) => textOf(labels[name]),
      (name) => name in labels,
    ) && holds(query.get('fieldSelector') ?? '', fieldOf, (path) => fieldOf(path) !== '')
  )
}

/** Terms `a=b`, `a==b`, `a!=b`, `a` and `!a`. */
function holds(
  selector: string,
  valueOf: (name: string) => string,
  has: (name: string) => boolean,
): boolean {
  return selector
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [, name = '', sign, value = ''] = /^([^=!]+)(==|!=|=)(.*)$/.exec(term) ?? []
      if (sign === undefined) return term.startsWith('!') ? !has(term.slice(1)) : has(term)
      return (valueOf(name) === value) !== (sign === '!=')
    })
}
