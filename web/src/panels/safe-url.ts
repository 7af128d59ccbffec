import { withBase } from '../api/base-path.ts'

/**
 * An address as a link may have it: those of this site, http, https and mailto. Whatever else a dashboard or a label holds
 * (`javascript:`, `data:`) leads nowhere.
 */
export function safeUrl(url: string): string {
  const plain = url.trim()
  try {
    const { protocol } = new URL(plain, 'https://this.site/')
    return ['http:', 'https:', 'mailto:'].includes(protocol) ? withBase(plain) : 'about:blank'
  } catch {
    return 'about:blank'
  }
}
