<?cs include!"layout.cs" ?><?cs call:page_begin(T.boards_title) ?>
<h1><?cs var:T.boards_title ?></h1>
<ul class="boards">
<?cs each:item = Boards ?><li><a href="<?cs var:Site.base ?><?cs if:item.slug ?>/boards/<?cs var:item.slug ?><?cs /if ?>/list"><?cs
if:item.title ?><?cs var:item.title ?><?cs elif:item.slug ?><?cs var:item.slug ?><?cs else ?><?cs var:Site.title ?><?cs /if ?></a>
<span class="count"><?cs var:T.posts ?> <?cs var:item.posts ?></span></li>
<?cs /each ?></ul>
<?cs call:page_end() ?>
