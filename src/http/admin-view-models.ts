/** What the pages for admins are made of: sections of facts, of rows, and of text. */
import type { FormView, PageModel } from './view-models.ts'

/** A few words, perhaps a link or a moment. */
export interface AdminText {
  readonly text: string
  readonly href?: string | undefined
  /** A moment, for machines. */
  readonly at?: string | undefined
  /** Something that somebody should look at. */
  readonly isBad?: boolean | undefined
  /** A name that machines use. */
  readonly isCode?: boolean | undefined
}

export interface AdminFact {
  readonly name: string
  readonly values: readonly AdminText[]
}

export interface AdminSection {
  readonly heading: string
  readonly facts?: readonly AdminFact[]
  /** A line each; the first text says what it is about. */
  readonly rows?: readonly (readonly AdminText[])[]
  readonly notes?: readonly string[]
  /** Lines that stand as they are. */
  readonly picture?: readonly string[]
  readonly links?: readonly { readonly href: string; readonly label: string }[]
}

export interface AdminSearch {
  readonly action: string
  readonly fields: readonly { readonly name: string; readonly label: string; readonly value: string }[]
}

interface AdminFrame extends PageModel {
  readonly title: string
  readonly nav: readonly { readonly href: string; readonly label: string; readonly isHere: boolean }[]
  /** Who is signed in. */
  readonly username: string
  readonly homeUrl: string
}

export interface AdminView extends AdminFrame {
  readonly lead: string | undefined
  /** What was done just now. */
  readonly done: string | undefined
  readonly search: AdminSearch | undefined
  readonly sections: readonly AdminSection[]
  /** The first section is as wide as the page; the others share it, two by two. */
  readonly isInColumns: boolean
}

/** The question before something is done. */
export interface AdminConfirmView extends AdminFrame {
  /** What happens. */
  readonly consequences: readonly string[]
  readonly form: FormView
  readonly button: string
  readonly backUrl: string
}
