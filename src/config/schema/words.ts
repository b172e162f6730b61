/** The keys of the file that are about what people read. */
import { LANGUAGE_TAGS, SOURCE } from '../../words/languages.ts'
import { section } from './kinds.ts'
import Type from './type.ts'

const language = { description: 'A language (BCP 47).', examples: ['de'] }

export const languages = section(
  'The languages of the pages. Each person gets the one that the app asks for (`ui_locales`), that their account names (the claim ' +
    '`locale`), or that their browser wants, in this order.',
  {
    default: Type.Enum(LANGUAGE_TAGS, {
      description: 'For people who want none of those that are offered.',
      default: SOURCE,
      examples: ['de'],
    }),
    offered: Type.Array(Type.Enum(LANGUAGE_TAGS, language), {
      description: 'Those that people may get, and what `ui_locales_supported` lists.',
      default: LANGUAGE_TAGS,
      uniqueItems: true,
      examples: [['en', 'de']],
    }),
  },
)

const OWN_TEXTS = Type.Optional(
  Type.Object(
    {},
    {
      description: 'In this language: the name of each text, and how it shall read.',
      // A map whose names the schema does not know: cross-checks/words.ts does.
      additionalProperties: Type.String({
        minLength: 1,
        maxLength: 2000,
        examples: ['Use your {installation} account.'],
      }),
    },
  ),
)

export const texts = section(
  'Words of your own instead of those of the pages (`docs/languages.md`), by language and by the name that a text has in ' +
    '`views/words/en.json`. What is put into it, in braces, must stay; `**…**` is strong; nothing else is markup.',
  Object.fromEntries(LANGUAGE_TAGS.map((tag) => [tag, OWN_TEXTS])),
)
