using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Routing;
using Xunit;
using Yarp.ReverseProxy.Forwarder;

namespace Sluice.Tests.Unit.Gateway;

public sealed class UpstreamFailureTests
{
    [Theory]
    [InlineData(HttpRequestError.ConnectionError, true)]
    [InlineData(HttpRequestError.NameResolutionError, true)]
    [InlineData(HttpRequestError.ResponseEnded, false)]
    [InlineData(HttpRequestError.Unknown, false)]
    public void Only_a_connection_that_was_not_made_may_be_tried_elsewhere(HttpRequestError error, bool expected) =>
        UpstreamFailure.IsConnectFailure(Error(ForwarderError.Request, new HttpRequestException(error)))
            .ShouldBe(expected);

    [Fact]
    public void A_connect_failure_while_a_body_was_sent_is_none() =>
        UpstreamFailure.IsConnectFailure(Error(
            ForwarderError.RequestBodyDestination,
            new HttpRequestException(HttpRequestError.ConnectionError))).ShouldBeFalse();

    [Theory]
    [InlineData(ForwarderError.NoAvailableDestinations, 503)]
    [InlineData(ForwarderError.Request, 503)]
    [InlineData(ForwarderError.RequestTimedOut, 504)]
    [InlineData(ForwarderError.RequestBodyClient, 400)]
    [InlineData(ForwarderError.ResponseBodyDestination, 503)]
    public void Every_failure_has_a_status(ForwarderError error, int status)
    {
        var refusal = UpstreamFailure.Refusal(Error(error, null));

        refusal.StatusCode.ShouldBe(status);
        (refusal.RetryAfter is not null).ShouldBe(status >= 500);
    }

    [Fact]
    public void The_clients_own_fault_is_found_under_what_forwarding_wraps_it_in()
    {
        var wrapped = new AggregateException(
            new HttpRequestException("copying", new IOException("reading", new BodyTooLargeException("too large"))));

        var refusal = UpstreamFailure.Refusal(Error(ForwarderError.RequestBodyClient, wrapped));

        refusal.StatusCode.ShouldBe(StatusCodes.Status413PayloadTooLarge);
        refusal.Error.Message.ShouldBe("too large");
    }

    private static TestError Error(ForwarderError error, Exception? exception) => new(error, exception);

    private sealed record TestError(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;
}
