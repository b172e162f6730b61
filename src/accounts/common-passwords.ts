/** The passwords that are guessed first, of those long enough to be allowed (SP 800-63B-4 §3.1.1.2: a block list). Lower case. */

const LIST = `
12345678 123456789 1234567890 12345678910 123456789a 1234567891 123123123 1231231234 11223344 12341234 12344321 123454321
87654321 987654321 9876543210 0123456789 01234567 147258369 147852369 159357456 741852963 789456123 123654789 112233445566
12345678a 12345678q a12345678 q12345678 abc12345 abcd1234 abcdefgh abcdefghi abc123456 1234abcd 1234qwer 123qwe123 123qweasd
1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 q1w2e3r4 q1w2e3r4t5 qazwsxedc zaq12wsx !qaz2wsx zxcvbnm1 zxcvbnm123
asdfghjk asdfghjkl asdf1234 asdfasdf qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwer1234 qweasdzxc
qwertz123 azertyuiop password password1 password12 password123 password1234 password! passw0rd passw0rd1 p@ssword p@ssw0rd
p@ssw0rd1 pa55word pa$$word mypassword drowssap passwort passwort1 motdepasse contraseña contrasena administrator admin123
admin1234 adminadmin changeme changeme1 changeme123 changeit letmein1 letmein123 welcome1 welcome12 welcome123 welcome2024
welcome2025 welcome2026 iloveyou iloveyou1 iloveyou2 ilovegod sunshine sunshine1 princess princess1 football football1
baseball baseball1 basketball superman superman1 batman123 spiderman starwars pokemon1 trustno1 whatever whatever1
computer internet michelle jennifer jessica1 michael1 charlie1 jordan23 liverpool liverpool1 chelsea1 arsenal1 barcelona
chocolate butterfly dragon123 monkey123 shadow123 master123 test1234 testtest testing123 secret123 topsecret default1
samsung1 google123 facebook security blink182 corvette mercedes midnight mustang1 hunter12 access14 summer2024 summer2025
summer2026 winter2024 winter2025 winter2026 spring2026 autumn2026 january1 monday123 correcthorsebatterystaple
`

export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(LIST.trim().split(/\s+/))
