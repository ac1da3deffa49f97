<?cs # The links to the pages of a list or of a thread, which who came by a
private link keeps. ?><?cs
def:pager() ?><?cs if:Pager.items.0.number ?>
<nav class="pager" aria-label="<?cs var:T.pager ?>">
<ul>
<?cs if:Pager.previous.path ?><li class="step"><a rel="prev" href="<?cs var:Board.base ?><?cs var:Pager.previous.path ?><?cs if:Post.token ?>?key=<?cs var:Post.token ?><?cs /if ?>"><?cs var:T.pager_previous ?></a></li><?cs /if ?>
<?cs each:item = Pager.items ?><li><?cs
if:item.gap ?><span>…</span><?cs
elif:item.current ?><a href="<?cs var:Board.base ?><?cs var:item.path ?><?cs if:Post.token ?>?key=<?cs var:Post.token ?><?cs /if ?>" aria-current="page"><?cs var:item.number ?></a><?cs
else ?><a href="<?cs var:Board.base ?><?cs var:item.path ?><?cs if:Post.token ?>?key=<?cs var:Post.token ?><?cs /if ?>"><?cs var:item.number ?></a><?cs /if ?></li>
<?cs /each ?>
<?cs if:Pager.next.path ?><li class="step"><a rel="next" href="<?cs var:Board.base ?><?cs var:Pager.next.path ?><?cs if:Post.token ?>?key=<?cs var:Post.token ?><?cs /if ?>"><?cs var:T.pager_next ?></a></li><?cs /if ?>
</ul>
</nav>
<?cs /if ?>
<?cs /def ?>