using System.ClientModel;
using System.Security.Cryptography;
using System.Text;
using OpenAI.Files;
using Shouldly;
using Sluice.Tests.EndToEnd.Chat;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Files;

public sealed class FileClientTests(SluiceFixture sluice)
{
    private OpenAIFileClient Client => OpenAiClients.Client(sluice).GetOpenAIFileClient();

    [Fact]
    public async Task A_file_comes_back_as_it_was_sent()
    {
        var content = RandomNumberGenerator.GetBytes((3 << 20) + 17);

        OpenAIFile file = await Client.UploadFileAsync(
            new MemoryStream(content), "données.jsonl", FileUploadPurpose.Batch);
        OpenAIFile found = await Client.GetFileAsync(file.Id);
        BinaryData downloaded = await Client.DownloadFileAsync(file.Id);

        downloaded.ToArray().ShouldBe(content);
        found.Filename.ShouldBe("données.jsonl");
        found.SizeInBytesLong.ShouldBe(content.Length);
    }

    [Fact]
    public async Task A_deleted_file_is_gone()
    {
        OpenAIFile file = await Client.UploadFileAsync(
            new MemoryStream(Encoding.UTF8.GetBytes("{}\n")), "a.jsonl", FileUploadPurpose.Batch);

        FileDeletionResult deleted = await Client.DeleteFileAsync(file.Id);

        deleted.Deleted.ShouldBeTrue();
        var refusal = await Should.ThrowAsync<ClientResultException>(() => Client.GetFileAsync(file.Id));
        refusal.Status.ShouldBe(404);
    }
}
