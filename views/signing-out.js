/* Goes on when every app's page is there, or has had its time. Without scripts the page goes on by itself, or by its link. */
{
  const leave = () => location.replace(document.getElementById('on').href)
  addEventListener('load', leave)
  setTimeout(leave, 5000)
}
