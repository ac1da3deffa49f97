<?cs include!"layout.cs" ?><?cs include!"posts.cs" ?><?cs call:page_begin(T.delete_title) ?>
<h1><?cs var:T.delete_title ?></h1>
<p class="summary"><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>?key=<?cs var:Post.token ?>" dir="auto"><?cs call:post_name(Post) ?></a> · <bdi><?cs var:Post.name ?></bdi></p>
<p><?cs var:Delete.text ?></p>
<form class="write" method="post" action="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/delete">
<input type="hidden" name="key" value="<?cs var:Post.token ?>">
<div class="actions">
<button class="send"><?cs var:T.delete_submit ?></button>
</div>
</form>
<p class="more"><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>?key=<?cs var:Post.token ?>"><?cs var:T.back_to_post ?></a></p>
<?cs call:page_end() ?>
