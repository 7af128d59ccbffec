import { HighlightStyle } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** Colours by the theme's variables, so that light and dark need one style. */
export const editorColors = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--v-code-keyword)' },
  {
    tag: [tags.function(tags.variableName), tags.standard(tags.name)],
    color: 'var(--v-code-function)',
  },
  { tag: [tags.string, tags.regexp], color: 'var(--v-code-string)' },
  { tag: [tags.number, tags.bool], color: 'var(--v-code-number)' },
  { tag: [tags.labelName, tags.propertyName], color: 'var(--v-code-label)' },
  { tag: tags.comment, color: 'var(--v-dim)', fontStyle: 'italic' },
])

export const editorTheme = EditorView.theme({
  '&': {
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: '5px',
    background: 'var(--v-field)',
    color: 'var(--v-text)',
    fontSize: 'var(--mantine-font-size-sm)',
  },
  '&.cm-focused': { outline: '2px solid var(--v-accent)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.55' },
  '.cm-content': { padding: '5px 0', caretColor: 'var(--v-text)', minHeight: '31px' },
  '.cm-line': { padding: '0 8px' },
  '.cm-cursor': { borderLeftColor: 'var(--v-text)' },
  '.cm-placeholder': { color: 'var(--mantine-color-placeholder)' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground, ::selection': {
    background: 'color-mix(in srgb, var(--v-accent) 28%, transparent) !important',
  },
  '&.cm-focused .cm-matchingBracket': {
    background: 'color-mix(in srgb, var(--v-accent) 30%, transparent)',
  },
  '.cm-tooltip': {
    border: '1px solid var(--v-line)',
    borderRadius: '5px',
    background: 'var(--v-raised)',
    color: 'var(--v-text)',
    boxShadow: '0 4px 18px rgb(0 0 0 / 0.25)',
  },
  '.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mantine-font-family-monospace)',
    fontSize: 'var(--mantine-font-size-xs)',
    maxHeight: '18em',
  },
  '.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px !important' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--mantine-color-accent-filled) !important',
    color: '#fff !important',
  },
  '.cm-completionDetail': { color: 'var(--v-dim)', fontStyle: 'normal', marginLeft: '1em' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionInfo': { maxWidth: '24rem', padding: '6px 10px' },
  '.cm-diagnostic': { padding: '4px 10px' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--v-bad)' },
})
