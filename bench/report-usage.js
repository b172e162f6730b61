// Preloaded into every server that is measured: says, when asked, what the process has used so far.
// Plain JavaScript, because what strips types would count in its memory.
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send({ cpu: user + system, rss: process.memoryUsage.rss() })
})
// When whoever measures is gone, however that happened, nobody needs the server.
process.on('disconnect', () => process.exit())
// The channel alone keeps no server alive that was told to stop.
process.channel.unref()
