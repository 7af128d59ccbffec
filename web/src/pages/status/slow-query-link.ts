import type { LanguageId } from '../../editor/languages.ts'

/** In which language a request of the program's listeners asks, from its listener, method and route. */
export function languageOf(request: string): LanguageId {
  const [listener = '', , route = ''] = request.split(' ')
  if (listener === 'loki' || route.includes('/loki/')) return 'logql'
  if (listener === 'tempo' || route.includes('/tempo/')) return 'traceql'
  return 'promql'
}
