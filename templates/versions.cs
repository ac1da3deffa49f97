<?cs include!"layout.cs" ?><?cs include!"posts.cs" ?><?cs call:page_begin(T.versions_title) ?>
<h1><?cs var:T.versions_title ?></h1>
<?cs each:item = Versions ?>
<article class="post">
<header>
<h2 class="name"><bdi><?cs var:item.name ?></bdi></h2><?cs call:post_time(item) ?>
</header>
<?cs if:item.titled ?><p class="title" dir="auto"><?cs var:item.title ?></p><?cs /if ?>
<div class="text" dir="auto"><?cs uvar:item.text_html ?></div>
<p class="links"><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/edit?version=<?cs var:item.id ?>&amp;key=<?cs var:Post.token ?>"><?cs var:T.version_back ?></a></p>
</article>
<?cs /each ?><?cs if:!Versions.0.id ?><p class="quiet"><?cs var:T.versions_none ?></p>
<?cs /if ?><p class="more"><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>?key=<?cs var:Post.token ?>"><?cs var:T.back_to_post ?></a></p>
<?cs call:page_end() ?>
