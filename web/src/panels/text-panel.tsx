import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'
import { useMemo } from 'react'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import { textOf } from '../../../src/lang/dashboard/json-value.ts'
import styles from './panels.module.css'
import type { PanelProps } from './panel-props.ts'

const markdown = new MarkdownIt({ html: true, linkify: true, breaks: false })

/** Markdown, HTML or code. Nothing of it can run: what it holds of scripts, handlers and forms is taken out. */
export function TextPanel({ panel, scope, title }: PanelProps) {
  const mode = textOf(panel.options['mode']) ?? 'markdown'
  const content = textOf(panel.options['content']) ?? ''
  const html = useMemo(() => {
    if (mode === 'code') return ''
    const text = interpolate(content, scope, mode === 'html' ? 'html' : 'glob')
    return sanitise(mode === 'html' ? text : markdown.render(text))
  }, [content, mode, scope])
  if (mode === 'code') return <pre className={styles['code']}>{interpolate(content, scope)}</pre>
  // It scrolls, so the keyboard must reach it.
  return (
    <section
      className={styles['text']}
      tabIndex={0}
      aria-label={title === '' ? 'Text' : title}
      dangerouslySetInnerHTML={{ __html: html }}
    />
  )
}

/** HTML without anything that runs, submits, frames or leaves the panel. Pictures without words are decoration. */
export function sanitise(html: string): string {
  const fragment = DOMPurify.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    USE_PROFILES: { html: true },
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe', 'object'],
    FORBID_ATTR: ['style', 'srcset', 'ping', 'formaction'],
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|\/|#|\.|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
  })
  for (const image of fragment.querySelectorAll('img:not([alt])')) image.setAttribute('alt', '')
  const holder = document.createElement('div')
  holder.append(fragment)
  return holder.innerHTML
}
