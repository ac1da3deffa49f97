<?cs include!"layout.cs" ?><?cs include!"posts.cs" ?><?cs call:page_begin(T.own) ?>
<h1><?cs var:T.own ?></h1>
<?cs # A reply is named by its number alone: its thread may be secret. ?><p class="summary"><?cs
if:Post.is_reply ?><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>"><?cs var:T.reply ?> <?cs var:Post.id ?></a><?cs
else ?><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>" dir="auto"><?cs call:post_name(Post) ?></a> · <bdi><?cs var:Post.name ?></bdi><?cs /if ?></p>
<?cs if:Post.has_password ?><?cs if:Form.wrong ?><div class="message alert" role="alert"><p id="password-error"><?cs var:Form.wrong ?></p></div>
<?cs /if ?><form class="write" method="post" action="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/unlock">
<div class="field">
<label for="password"><?cs var:T.password_again ?></label>
<input type="password" id="password" name="password" required maxlength="128" autocomplete="current-password"<?cs if:Form.wrong ?> aria-invalid="true" aria-describedby="password-error" autofocus<?cs /if ?>>
</div>
<div class="actions">
<button class="send" name="to" value="edit"><?cs var:T.edit_link ?></button>
<button class="send plain" name="to" value="delete"><?cs var:T.delete_link ?></button>
<?cs if:!Post.is_reply ?><button class="send plain" name="to" value="read"><?cs if:Post.secret ?><?cs var:T.read_link ?><?cs else ?><?cs var:T.open_link ?><?cs /if ?></button>
<?cs /if ?></div>
</form>
<?cs else ?><p><?cs var:T.own_no_password ?></p>
<?cs /if ?><p class="more"><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>"><?cs var:T.back_to_post ?></a></p>
<?cs call:page_end() ?>
