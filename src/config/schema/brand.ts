/** The keys of `brand`, of the installation and of a client. */
import { flag, imageFile, section, text } from './kinds.ts'
import Type from './type.ts'

const COLOUR = {
  pattern: '^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$',
  'x-allowed': 'a colour in quotes, such as "#7a1fa2" (without them # begins a comment)',
}

const colour = (description: string, example: string, byDefault: string) =>
  Type.Optional(text(description, { ...COLOUR, examples: [`"${example}"`], 'x-default': byDefault }))

const accents = (theirs: string) => ({
  colour: colour(
    'Of buttons, links and of the ring around what has the focus; at least 3:1 to what is around it (WCAG 2.2, 1.4.11).',
    '#7a1fa2',
    theirs,
  ),
  colour_dark: colour(
    'The same on a dark page.',
    '#d9a6f2',
    '`colour`, as bright as it has to be; without that, as `colour`',
  ),
  text_on_colour: colour(
    'Of text on buttons of `colour`; at least 4.5:1 (WCAG 2.2, 1.4.3).',
    '#ffffff',
    'white, or black where white could not be read',
  ),
})

const SMALL = 'SVG or PNG, at most 64 KiB; relative to this file. Drawn about 40 pixels high, on light and dark pages.'

export const brand = section('What the pages look like, and mails: colours, logo, links (docs/look.md).', {
  ...accents('a green'),
  background: colour('Behind the card.', '#f4f0f7', 'a light grey'),
  background_dark: colour('The same on a dark page.', '#15101a', 'nearly black'),
  radius: Type.Optional(
    Type.Integer({
      description: 'How round the corners of fields and buttons are, in pixels.',
      minimum: 0,
      maximum: 24,
      examples: [4],
      'x-default': '10',
    }),
  ),
  logo_file: Type.Optional(
    imageFile(`Your logo, on top of each page beside \`name\`. ${SMALL}`, { examples: ['logo.svg'] }),
  ),
  logo_shows_name: flag('Whether the logo has `name` in it, so that it is not written beside it.', false),
  support_uri: Type.Optional(
    text('Where people get help; linked from every page. https, or `mailto:`.', {
      examples: ['https://help.example.com', 'mailto:help@example.com'],
      maxLength: 2048,
    }),
  ),
  policy_uri: Type.Optional(
    text('Your privacy policy; linked from every page, and `op_policy_uri`.', {
      examples: ['https://example.com/privacy'],
      maxLength: 2048,
    }),
  ),
  tos_uri: Type.Optional(
    text('Your terms of service; linked from every page, and `op_tos_uri`.', {
      examples: ['https://example.com/terms'],
      maxLength: 2048,
    }),
  ),
})

export const clientBrand = section(
  'What pages look like on which people sign in to this app, beside the installation’s own (docs/look.md).',
  {
    ...accents('the installation’s'),
    logo_file: Type.Optional(imageFile(`Its logo, instead of \`logo_uri\`. ${SMALL}`, { examples: ['wiki.svg'] })),
  },
)
