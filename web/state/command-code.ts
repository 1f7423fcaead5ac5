import { complete } from '../../shared/commands/complete.ts'
import { commands } from '../../shared/commands/registry.ts'
import { submit } from '../../shared/commands/submit.ts'
import { plainText } from './plain.ts'
import { verbosely } from './verbose.ts'

/** A chunk of its own: the page is drawn, and takes text, without it. */
export const code = { commands, complete, submit, verbosely, plainText }
