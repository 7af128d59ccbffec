import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'

const markdown = new MarkdownIt({ html: false, linkify: true })

/**
 * A runbook as HTML that runs nothing: headings have ids as forges make them (`#diskspacelow`), links to other runbooks lead to
 * their pages here, and links to other files of the project are plain words.
 */
export function renderRunbook(text: string): string {
  const fragment = DOMPurify.sanitize(markdown.render(text), {
    RETURN_DOM_FRAGMENT: true,
    USE_PROFILES: { html: true },
    FORBID_ATTR: ['style', 'id', 'class'],
  })
  for (const heading of fragment.querySelectorAll('h1, h2, h3, h4')) {
    heading.id = headingId(heading.textContent)
  }
  // The page has a heading of its own, which says the same.
  fragment.querySelector('h1')?.remove()
  for (const link of fragment.querySelectorAll('a')) {
    const href = hrefOf(link.getAttribute('href') ?? '')
    if (href === undefined) link.replaceWith(...link.childNodes)
    else link.setAttribute('href', href)
    if (href?.startsWith('http') === true) link.setAttribute('rel', 'noreferrer')
  }
  const holder = document.createElement('div')
  holder.append(fragment)
  return holder.innerHTML
}

/** What the first heading says. */
export function titleOf(text: string): string | undefined {
  return /^# +(.+)$/m.exec(text)?.[1]?.trim()
}

/** `Disk space low` → `disk-space-low`. */
function headingId(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s+/g, '-')
}

function hrefOf(href: string): string | undefined {
  if (/^(?:https?:\/\/|#)/.test(href)) return href
  const [, name, hash = ''] = /^(?:\.\/)?([\w-]+)\.md(#[\w-]*)?$/.exec(href) ?? []
  return name === undefined ? undefined : `/runbooks/${name}${hash}`
}
